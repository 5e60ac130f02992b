// GraphiQL at /, complete in one page from this origin, without a CDN; the policy lets no other script run.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { unlessKnown, weakTag } from '../../lib/response.js';
import { sha256 } from '../../lib/sha256.js';
import { codingFor } from '../negotiation.js';
import type { Route } from '../route.js';
import { addVary, send } from '../send-response.js';
import { SAMPLES } from './playground-samples.js';

interface Page {
  readonly html: Buffer;
  readonly gzipped: Buffer;
  readonly policy: string;
  readonly etag: string;
}

export function playgroundRoute(isExplainOn: boolean): Route {
  // The page has nine megabytes of script: it is made at the first request, then kept.
  let page: Promise<Page> | undefined;
  return {
    methods: ['GET', 'HEAD'],
    // A browser sends no credential when it opens an address; the page takes one in its headers.
    isOpen: true,
    async handle(request) {
      page ??= renderPage(isExplainOn).catch((error) => {
        page = undefined;
        throw error;
      });
      const { html, gzipped, policy, etag } = await page;
      const isGzip = codingFor(request.req, ['gzip']) === 'gzip';
      const body = isGzip ? gzipped : html;
      addVary(request, 'Accept-Encoding');
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        ...(isGzip && { 'content-encoding': 'gzip' }),
        'cache-control': 'no-cache',
        etag,
      };
      send(request, unlessKnown(request.req, { status: 200, headers, body }));
    },
  };
}

async function renderPage(isExplainOn: boolean): Promise<Page> {
  const { css, js, editorWorkerService, graphqlWorker, jsonWorker } = await import(
    '@graphql-yoga/render-graphiql/graphiql'
  );
  const settings = {
    logo: LOGO,
    isExplainOn,
    tabs: SAMPLES.map(({ query, variables = {} }) => ({
      query,
      variables: JSON.stringify(variables, null, 2),
    })),
    workers: { editorWorkerService, graphql: graphqlWorker, json: jsonWorker },
  };
  const scripts = [readOwn('page.js'), js];
  // A text of the settings may hold the end of a script.
  const inert = JSON.stringify(settings).replaceAll('<', '\\u003c');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pai-model-graph</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(LOGO)}">
<style>${css}</style>
<style>${readOwn('page.css')}</style>
</head>
<body>
${readOwn('body.html')}
<script type="application/json" id="settings">${inert}</script>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
  const bytes = Buffer.from(html);
  return {
    html: bytes,
    gzipped: gzipSync(bytes),
    policy: policyFor(scripts),
    etag: weakTag(html),
  };
}

/** Found by its name in package.json: the build lies at another depth than this file. */
function readOwn(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`#playground/${name}`), 'utf8');
}

/** Only the page's own scripts may run, identified by their hashes; its editor needs blob workers. */
function policyFor(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${sha256(script, 'base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'font-src data:',
    'img-src data:',
    'worker-src blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28" viewBox="0 0 28 28">' +
  '<g fill="none" stroke="#e10098" stroke-width="2"><path d="M14 4 23 9v10l-9 5-9-5V9z"/>' +
  '<path d="M14 4v20M5 9l18 10M23 9 5 19"/></g></svg>';
