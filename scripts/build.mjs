// Builds dist/ from src/, sandbox/ and the packages that it uses; it does not check types. Each
// file is replaced in one step, because another process may be reading it or building the same.
import { mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licensesOf } from './licenses.mjs';
import { NOT_BUNDLED } from './not-bundled.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const UNFINISHED = '.unfinished';
const LICENSES = 'third-party-licenses.txt';

const beganAt = new Date();
const { build } = await loadEsbuild();
const { outputFiles, metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/main.ts'],
  outdir: DIST,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Finding and reading a thousand files is half of a start.
  bundle: true,
  external: NOT_BUNDLED,
  // Code that is imported late is read late.
  splitting: true,
  // Packages in CommonJS load Node's own modules with require.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  legalComments: 'none',
  // A bundle has one copy of every package. In development mode graphql searches for a second copy at each type
  // check, which took a tenth of an execution. This service and Apollo read process.env as a whole.
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
  write: false,
  metafile: true,
});

mkdirSync(DIST, { recursive: true });
replace(join(DIST, LICENSES), licensesOf(ROOT, Object.keys(metafile.inputs)));
// main.js is the last: its time says to which sources the whole belongs (is-built.mjs). A source that changes during
// the build is newer.
const isMain = ({ path }) => basename(path) === 'main.js';
for (const { path, text } of outputFiles.toSorted((one, other) => isMain(one) - isMain(other))) {
  replace(path, asAscii(text));
}
const wanted = new Set([LICENSES, ...outputFiles.map(({ path }) => basename(path))]);
for (const name of readdirSync(DIST)) {
  if (!wanted.has(name) && !name.endsWith(UNFINISHED))
    rmSync(join(DIST, name), { recursive: true });
}

/**
 * V8 stores a text that holds one non-ASCII character with two bytes for each character. esbuild escapes
 * these characters everywhere but in comments, and it leaves some comments in its output.
 */
function asAscii(text) {
  return text.replace(/^[ \t]*(?:\/\/|\*).*$/gm, (comment) => comment.replace(/[^\t -~]/g, '?'));
}

function replace(path, text) {
  const unfinished = `${path}.${process.pid}${UNFINISHED}`;
  writeFileSync(unfinished, text);
  utimesSync(unfinished, beganAt, beganAt);
  renameSync(unfinished, path);
}

/** A production install lacks it. */
async function loadEsbuild() {
  try {
    return await import('esbuild');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(
      'The build needs esbuild, a development dependency: run `npm ci`. A finished build runs by `node dist/main.js`.\n',
    );
    return process.exit(1);
  }
}
