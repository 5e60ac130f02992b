// `npm run catalog`: builds and serves the page, and starts the server for it. Settings of the server in the environment
// hold, e.g. PAI_REGION for models of your own; CATALOG_PORT is that of the page.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build, preview } from 'vite';

const { PORT = '4000', CATALOG_PORT = '5173' } = process.env;
// Of React and of the server: with React's warnings, and with the sandbox.
process.env.NODE_ENV = 'development';

const api = `http://127.0.0.1:${PORT}`;
const outDir = mkdtempSync(join(tmpdir(), 'catalog-'));
process.on('exit', () => rmSync(outDir, { recursive: true }));
const config = { configFile: false, root: import.meta.dirname, logLevel: 'error' };
const page = await preview({
  ...config,
  build: { outDir },
  preview: { port: Number(CATALOG_PORT), strictPort: true },
});
const [address] = page.resolvedUrls.local;
process.env.CORS_ORIGINS = new URL(address).origin;
process.env.VITE_GRAPHQL_URL = `${api}/graphql`;
await build({ ...config, build: { outDir, minify: false } });
await import('../../scripts/start.mjs');

const isUp = () =>
  fetch(`${api}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
while (!(await isUp())) await setTimeout(100);
process.stdout.write(`Catalog at ${address}\n`);
