// Writes docs/settings.md from src/config/settings.ts, and the code of docs/clients.md and
// docs/gateways.md from examples/: `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { includeFiles } from './included-files.ts';
import { settingsDocument } from './settings-document.ts';

const place = (path) => new URL(`../${path}`, import.meta.url);
const read = (path) => readFileSync(place(path), 'utf8');

writeFileSync(place('docs/settings.md'), settingsDocument());
for (const path of ['docs/clients.md', 'docs/gateways.md']) {
  writeFileSync(place(path), includeFiles(read(path), read));
}
