// A second checkout of this project, and its files.
import { cpSync, mkdtempSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPO_ROOT } from './programs.js';

/** A folder with these of the project's files and with what npm has installed. */
export function checkoutOf(...names: string[]): string {
  const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
  for (const name of names) {
    cpSync(join(REPO_ROOT, name), join(checkout, name), { recursive: true });
  }
  symlinkSync(join(REPO_ROOT, 'node_modules'), join(checkout, 'node_modules'));
  return checkout;
}

/** Every file with its size and time, ignored or not; only what npm installed is left out. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('node_modules'))
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    })
    .sort();
}
