// docs/settings.md, made from the table of the settings.
import { SETTINGS, type Setting } from '../src/config/settings.js';

const HEAD = `# Settings

The server reads its settings from the environment. It reports all problems together at the start, with exit
code 78, and does not start: wrong values, values in quotes, and files that are missing or wrong. It warns in
the log of settings that have no effect and of names in the environment that look misspelt.

SIGTERM and SIGINT stop it, also while it starts: requests in flight end first. A second signal ends the process at once.
In a container run \`node dist/main.js\` after \`npm run build\`: the shell of npm may not pass signals on.

This page is made from \`src/config/settings.ts\` by \`npm run docs\`.

| name | default | meaning |
| --- | --- | --- |
`;

export function settingsDocument(): string {
  const rows = Object.entries<Setting>(SETTINGS).map(
    ([name, [, fallback, meaning]]) => `| ${name} | ${fallback ?? '–'} | ${meaning} |\n`,
  );
  return HEAD + rows.join('');
}
