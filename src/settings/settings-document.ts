// The reference of all settings for operators, made from their table. It reads no environment.
import { SETTINGS, type Setting } from '../settings.js';

const HEAD = `# Settings

The server reads its settings from the environment. It reports all problems together at the start, with exit
code 78, and starts nothing half. This page is made from \`src/settings.ts\` by \`npm run docs\`.

| name | default | meaning |
| --- | --- | --- |
`;

export function settingsDocument(): string {
  const rows = Object.entries<Setting>(SETTINGS).map(
    ([name, { fallback, meaning }]) => `| ${name} | ${fallback ?? '–'} | ${meaning} |\n`,
  );
  return HEAD + rows.join('');
}
