// Makes runtime/, the files of package.json that run in a container. `npm ci --omit=dev` then installs the packages there, at
// the versions of the lockfile.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOT_BUNDLED } from './not-bundled.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNTIME = join(ROOT, 'runtime');
/** Node reads type and imports; the rest says what this is. */
const KEPT = [
  'name',
  'version',
  'description',
  'license',
  'type',
  'engines',
  'imports',
  'overrides',
];

const manifest = readJson('package.json');
const lock = readJson('package-lock.json');
const dependencies = Object.fromEntries(
  NOT_BUNDLED.map((name) => [name, manifest.dependencies[name]]),
);
const kept = Object.fromEntries(KEPT.map((key) => [key, manifest[key]]));
const { name, version, license, engines } = manifest;
lock.packages[''] = { name, version, license, dependencies, engines };

rmSync(RUNTIME, { recursive: true, force: true });
mkdirSync(RUNTIME);
writeJson('package.json', { ...kept, dependencies });
writeJson('package-lock.json', lock);
for (const path of manifest.files) {
  cpSync(join(ROOT, path), join(RUNTIME, path), { recursive: true });
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

function writeJson(path, value) {
  writeFileSync(join(RUNTIME, path), `${JSON.stringify(value, null, 2)}\n`);
}
