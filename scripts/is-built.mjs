// Whether dist/ is at least as new as its sources. It reads times only and loads no package.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = [
  'src',
  'sandbox',
  'schema',
  'scripts/build.mjs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** The build writes main.js last, with the time at which the build began. */
export function isBuilt() {
  const builtAt = changedAt(join(ROOT, 'dist/main.js')) ?? Number.NEGATIVE_INFINITY;
  return SOURCES.flatMap(pathsIn).every((path) => (changedAt(path) ?? 0) <= builtAt);
}

/** Folders too: their time changes when a file is renamed or deleted. */
function pathsIn(name) {
  const path = join(ROOT, name);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return [path, ...readdirSync(path, { recursive: true }).map((child) => join(path, child))];
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
