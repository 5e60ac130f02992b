// Writes docs/settings.md from the table in src/settings.ts: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { settingsDocument } from '../src/settings/settings-document.ts';

writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsDocument());
