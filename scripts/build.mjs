// Makes dist/ of src/ and the packages it uses; it checks no types. What dist/ has already is left alone,
// so that a start disturbs no other one and needs to write nothing where nothing has changed.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const UNFINISHED = '.unfinished';

/** Loaded by few, and late: the page is nine megabytes, the others look for files beside their own. */
const NOT_BUNDLED = ['@alicloud/credentials', '@graphql-yoga/render-graphiql', 'ioredis'];

const { outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/main.ts'],
  outdir: DIST,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Finding and reading a thousand files is half of a start.
  bundle: true,
  external: NOT_BUNDLED,
  // What is imported late is read late.
  splitting: true,
  // Packages in CommonJS ask for Node's own modules with require.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  legalComments: 'none',
  // In a bundle there is one copy of every package: graphql's search for a second one at each look at a type
  // took a tenth of an execution. Ours and Apollo's settings are read from process.env as a whole.
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
  write: false,
});

mkdirSync(DIST, { recursive: true });
for (const { path, text } of outputFiles) replace(path, asAscii(text));
const wanted = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync(DIST)) {
  if (!wanted.has(name) && !name.endsWith(UNFINISHED))
    rmSync(join(DIST, name), { recursive: true });
}

/**
 * V8 keeps a text with one other character in two bytes for each. esbuild escapes them everywhere but in
 * comments, of which it leaves some.
 */
function asAscii(text) {
  return text.replace(/^[ \t]*(?:\/\/|\*).*$/gm, (comment) => comment.replace(/[^\t -~]/g, '?'));
}

/** In one step: another process may be reading it. */
function replace(path, text) {
  if (read(path) === text) return;
  const unfinished = `${path}.${process.pid}${UNFINISHED}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
