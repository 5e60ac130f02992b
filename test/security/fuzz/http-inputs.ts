// Random HTTP requests as bytes. Those that are framed say truly where they end, so that many of them can
// share a connection; the others may say anything.
import { mutated, randomBody, randomJson, randomQuery } from './graphql-inputs.js';
import type { Random } from './random.js';

export interface HttpInput {
  readonly bytes: Buffer;
  readonly isFramed: boolean;
}

const TARGETS = [
  ...[
    '/graphql',
    '/graphql?',
    '/',
    '/metrics',
    '/healthz',
    '/readyz',
    '/nothing',
    '/graphql/',
    '//',
  ],
  ...[
    '/graphql/../metrics',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/graphql%00',
    '/graphql?query',
    '*',
    '/\\',
  ],
  ...[
    'http://localhost/graphql',
    'http://[',
    '//evil.example/graphql',
    '/graphql;x',
    '/?a[]=1&a=2',
  ],
  ...['/graphql?query={__typename}&query={a}', '/graphql?variables={', '/graphql?extensions=[]'],
  ...['/graphql?documentId=__proto__', `/${'a'.repeat(3000)}`, '/__proto__', '/constructor', '/~'],
] as const;

const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PATCH',
  'TRACE',
  'PROPFIND',
] as const;

const HEADERS = [
  ...['X-Request-Id: a b', 'X-Request-Id: é', 'X-Upstream-Budget: 1', 'X-Upstream-Budget: -1'],
  ...['X-Upstream-Explain: true', 'Cache-Control: no-cache', 'Cache-Control: max-stale=1e9, ,=,"'],
  ...[
    'Accept: text/html',
    'Accept: */*;q=0',
    'Accept: application/graphql-response+json',
    'Accept: ,,;',
  ],
  ...[
    'Accept-Encoding: gzip;q=2',
    'Origin: null',
    'Origin: http://[',
    'Cookie: a=b',
    'Authorization: Bearer',
  ],
  ...[
    'Authorization: Basic Og==',
    'Authorization: \t',
    'X-Api-Key: a',
    'X-Forwarded-For: ::1',
    'Via: a',
  ],
  ...['Apollo-Require-Preflight: true', 'Apollo-Federation-Include-Trace: ftv1', 'Range: bytes=0-'],
  ...[
    'Content-Encoding: gzip',
    'Expect: 100-continue',
    '__proto__: a',
    'Constructor: a',
    'TE: trailers',
  ],
  ...[
    'traceparent: 00-0-0-00',
    'If-None-Match: *',
    `X-Long: ${'a'.repeat(4000)}`,
    'X-Http-Method: PUT',
  ],
] as const;

const TYPES = [
  ...[
    'application/json; charset=utf-8',
    'application/json;charset="utf-16"',
    'text/plain',
    'json',
    ';;',
  ],
] as const;

export function randomInput(random: Random): HttpInput {
  if (random.oneIn(12)) return { bytes: broken(random, request(random)), isFramed: false };
  return { bytes: request(random), isFramed: true };
}

function request(random: Random): Buffer {
  const kind = random.below(10);
  if (kind < 6) return post(random, '/graphql', randomBytes(random), typeOf(random));
  if (kind < 8) return head('GET', `/graphql?${search(random)}`, ['Apollo-Require-Preflight: 1']);
  if (kind < 9) return post(random, random.pick(TARGETS), Buffer.from('{}'), typeOf(random));
  return head(random.pick(METHODS), random.pick(TARGETS), headers(random));
}

/** A wrong one is refused before anything looks at the body. */
function typeOf(random: Random): string {
  return random.oneIn(16) ? random.pick(TYPES) : 'application/json';
}

function search(random: Random): string {
  const query = encodeURIComponent(wellFormed(randomQuery(random)).slice(0, 1500));
  const variables = encodeURIComponent(randomJson(random, 2).slice(0, 1500));
  const rest = random.pick([
    '',
    '&operationName=A',
    '&extensions={}',
    '&%',
    '&documentId=a',
    '&&=&',
  ]);
  return `query=${query}&variables=${variables}${rest}`;
}

/** encodeURIComponent throws for half a surrogate pair. */
function wellFormed(text: string): string {
  return text.replaceAll(/[\ud800-\udfff]/g, '?');
}

function headers(random: Random): string[] {
  return Array.from({ length: random.below(4) }, () => random.pick(HEADERS));
}

function head(method: string, target: string, lines: readonly string[]): Buffer {
  return Buffer.from(
    [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n'),
  );
}

function post(random: Random, target: string, body: Buffer, type: string): Buffer {
  const isChunked = random.oneIn(10);
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const lines = [`Content-Type: ${type}`, framing, ...headers(random)];
  return Buffer.concat([head('POST', target, lines), isChunked ? chunked(random, body) : body]);
}

function chunked(random: Random, body: Buffer): Buffer {
  const cut = random.below(body.length + 1);
  const chunk = (part: Buffer) =>
    part.length === 0
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  return Buffer.concat([
    ...[chunk(body.subarray(0, cut)), chunk(body.subarray(cut))],
    Buffer.from('0\r\n\r\n'),
  ]);
}

function randomBytes(random: Random): Buffer {
  const body = Buffer.from(randomBody(random));
  // Bytes inside it that are not UTF-8.
  if (random.oneIn(50) && body.length > 0) body[random.below(body.length)] = 0xff;
  return random.oneIn(200) ? Buffer.from(body.toString('utf8'), 'utf16le') : body;
}

/** Defects in the frame: lines, lengths, chunks, the end. */
function broken(random: Random, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return random.pick([
    () => Buffer.from(mutated(random, text.slice(0, end), 2) + text.slice(end), 'latin1'),
    () => bytes.subarray(0, random.below(bytes.length)),
    () => Buffer.from(text.replace(/Content-Length: \d+/, 'Content-Length: 9'), 'latin1'),
    () =>
      Buffer.from(text.replace('\r\n', '\r\nContent-Length: 1\r\nContent-Length: 2\r\n'), 'latin1'),
    () => Buffer.from(text.replace('\r\n', '\r\nTransfer-Encoding: chunked\r\n'), 'latin1'),
    () => Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1'),
    () => Buffer.from(text.replace('\r\n', '\r\nX-A: b\rSet-Cookie: c\r\n'), 'latin1'),
    () => Buffer.from(text.replace('Host: localhost', 'Host: a\r\nHost: b'), 'latin1'),
  ])();
}
