// Writes docs/settings.md from the table in src/config/settings.ts: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { settingsDocument } from './settings-document.ts';

writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsDocument());
