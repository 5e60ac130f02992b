// The reference of all settings for operators, made from their table. It reads no environment.
import { SETTINGS, type Setting } from '../settings.js';

const HEAD = `# Settings

The server reads its settings from the environment. It reports all problems together at the start, with exit
code 78, and starts nothing half: wrong values, values in quotes, and files that are missing or wrong. It warns in
the log of settings that have no effect and of names in the environment that look misspelt.

SIGTERM and SIGINT stop it, also while it starts: what is in flight ends first. A second one ends the process at once.
In a container run \`node dist/main.js\` after \`npm run build\`, since the shell of npm may keep a signal to itself.

This page is made from \`src/settings.ts\` by \`npm run docs\`.

| name | default | meaning |
| --- | --- | --- |
`;

export function settingsDocument(): string {
  const rows = Object.entries<Setting>(SETTINGS).map(
    ([name, { fallback, meaning }]) => `| ${name} | ${fallback ?? '–'} | ${meaning} |\n`,
  );
  return HEAD + rows.join('');
}
