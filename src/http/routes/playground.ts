// GraphiQL at /, complete in one page from this origin, without a CDN; the policy lets no other script run.
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { weakTag } from '../../graphql/execute.js';
import { codingFor } from '../negotiation.js';
import type { Route } from '../route.js';
import { addVary, send, unlessKnown } from '../send-response.js';
import { SAMPLES } from './playground-samples.js';

interface Page {
  readonly html: Buffer;
  readonly gzipped: Buffer;
  readonly policy: string;
  readonly etag: string;
}

export function playgroundRoute(): Route {
  // The page has nine megabytes of script: it is made at the first request, then kept.
  let page: Promise<Page> | undefined;
  return {
    methods: ['GET', 'HEAD'],
    // A browser sends no credential when it opens an address; the page takes one in its headers.
    isOpen: true,
    async handle(request) {
      page ??= renderPage().catch((error) => {
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

/** An option of GraphiQL that the types of its wrapper leave out. */
const OPEN_DOCUMENTATION = { visiblePlugin: 'Documentation Explorer' };

async function renderPage(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const html = renderGraphiQL({
    title: 'pai-model-graph',
    logo: LOGO,
    favicon: `data:image/svg+xml,${encodeURIComponent(LOGO)}`,
    endpoint: '/graphql',
    defaultTabs: SAMPLES.map(({ query, headers }) => ({
      query,
      ...(headers && { headers: JSON.stringify(headers, null, 2) }),
    })),
    // A token that a user types in must not be stored beyond the tab.
    shouldPersistHeaders: false,
    ...OPEN_DOCUMENTATION,
  });
  const bytes = Buffer.from(html);
  return {
    html: bytes,
    gzipped: gzipSync(bytes),
    policy: policyFor(html),
    etag: weakTag(html),
  };
}

/** Only the page's own script may run, identified by its hash; its editor needs blob workers. */
function policyFor(html: string): string {
  const script = html.slice(html.indexOf('<script>') + 8, html.lastIndexOf('</script>'));
  const digest = hash('sha256', script, 'base64');
  return [
    "default-src 'none'",
    `script-src 'sha256-${digest}'`,
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
