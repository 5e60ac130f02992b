// The HTTP server over raw sockets: attacks of a hostile client, page or proxy that need no GraphQL.
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttpServer } from '../../src/http/server.js';
import { rawRequest } from '../http/raw-request.js';
import { DOCUMENTED_ID, type TestApp, withApp } from '../support/with-app.js';
import { converse, statusesOf } from './raw-socket.js';

const QUERY = JSON.stringify({ query: `{ model(id: "${DOCUMENTED_ID}") { name } }` });
const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD = 'https://app.example.com';

let app: TestApp;
beforeAll(async () => {
  app = await withApp({ env: { CORS_ORIGINS: GOOD } });
});
afterAll(() => app[Symbol.asyncDispose]());

const post = (headers: Record<string, string | string[]>, body = QUERY) =>
  rawRequest(app.url, { method: 'POST', target: '/graphql', headers, body: [body] });

describe('a page elsewhere (CSRF)', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/jsonp',
    'application/graphql',
    '',
  ])('cannot post as %s, which needs no preflight', async (type) => {
    const { status } = await post({ 'content-type': type });
    expect([type, status]).toEqual([type, 415]);
  });

  test('cannot query by a link, an image or a script', async () => {
    const before = app.sandbox.requests.length;
    const target = `/graphql?query=${encodeURIComponent(JSON.parse(QUERY).query)}`;
    for (const headers of [{}, { 'content-type': 'text/plain' }, { accept: 'image/*' }]) {
      const { status } = await rawRequest(app.url, { target, headers });
      expect(status).toBe(400);
    }
    expect(app.sandbox.requests).toHaveLength(before);
  });

  test('reads nothing from another origin, and sends no cookie, since we set none', async () => {
    const { status, headers } = await post({ ...JSON_TYPE, origin: 'https://evil.example' });
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('a page elsewhere (CSRF) of a listed origin may read, without credentials', async () => {
    const { headers } = await post({ ...JSON_TYPE, origin: GOOD });
    expect(headers['access-control-allow-origin']).toBe(GOOD);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  test('a page elsewhere (CSRF) that points its own name here is refused', async () => {
    const { status } = await post({ ...JSON_TYPE, host: 'evil.example' });
    expect(status).toBe(403);
  });
});

describe('requests that two readers may take for different ones', () => {
  const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const smuggled = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

  test.each<[string, string]>([
    [
      'a length beside chunks',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}${smuggled}`],
    ['a length with a sign', `${head}Content-Length: +2\r\n\r\n{}${smuggled}`],
    ['a length in hex', `${head}Content-Length: 0x2\r\n\r\n{}${smuggled}`],
    ['a negative length', `${head}Content-Length: -1\r\n\r\n${smuggled}`],
    ['an unknown coding', `${head}Transfer-Encoding: xchunked\r\n\r\n${smuggled}`],
    ['a space before the colon', `${head}Content-Length : 2\r\n\r\n{}${smuggled}`],
    ['a folded header', `${head}X-A: b\r\n c: d\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
    ['a bare line feed', `${head}X-A: b\nX-C: d\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
    ['a null byte in a header', `${head}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
    [
      'a chunk size that overflows',
      `${head}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
    ],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['a version that is none', 'GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n'],
    ['a method that is none', 'GEET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    [
      'a header of 20 kB',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
    ],
    ['a target of 20 kB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
  ])('%s: refused, and nothing of it is taken for a second request', async (_, bytes) => {
    const { received } = await converse(app.url, bytes, { waitMs: 3000 });
    const statuses = statusesOf(received);
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
    expect(statuses[0]).toBeLessThan(500);
  });

  test('pipelined requests are answered in order, each with its own answer', async () => {
    const bytes = `${smuggled}GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n${smuggled.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`;
    const { received } = await converse(app.url, bytes, { waitMs: 3000 });
    expect(statusesOf(received)).toEqual([200, 404, 200]);
  });

  test('CONNECT and Upgrade open no tunnel', async () => {
    const connected = await converse(
      app.url,
      'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n',
    );
    expect(statusesOf(connected.received)).not.toContain(200);
    const upgraded = await converse(
      app.url,
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(statusesOf(upgraded.received)).not.toContain(101);
  });
});

describe('headers', () => {
  test('a line break in a request id or an origin splits no answer', async () => {
    const bytes =
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a\rSet-Cookie: b\r\nConnection: close\r\n\r\n';
    const { received } = await converse(app.url, bytes, { waitMs: 3000 });
    expect(received).not.toMatch(/set-cookie/i);
    const { headers } = await rawRequest(app.url, {
      target: '/healthz',
      headers: { 'x-request-id': 'a%0d%0aSet-Cookie: b' },
    });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each<[string, Record<string, string | string[]>, number]>([
    ['two content types', { 'content-type': ['application/json', 'text/plain'] }, 200],
    ['a budget said twice', { ...JSON_TYPE, 'x-upstream-budget': ['1', '2'] }, 400],
    ['a budget that is none', { ...JSON_TYPE, 'x-upstream-budget': '1e9' }, 400],
    [
      'an address of a proxy, which is not believed',
      { ...JSON_TYPE, 'x-forwarded-for': '::1' },
      200,
    ],
    ['a method in a header', { ...JSON_TYPE, 'x-http-method-override': 'DELETE' }, 200],
    ['a body that is not in its coding', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 400],
    ['a body in an unknown coding', { ...JSON_TYPE, 'content-encoding': 'zstd' }, 415],
    ['another charset', { 'content-type': 'application/json; charset=utf-7' }, 415],
  ])('%s', async (_, headers, expected) => {
    const { status } = await post(headers);
    expect(status).toBe(expected);
  });

  test.each([
    '/graphql/../metrics',
    '/graphql/..',
    '/x/../healthz',
    '/healthz#x',
    '/%2e%2e/etc/passwd',
    '/graphql%00',
    '/graphql;a=b',
    '/..//..//etc',
    '/GRAPHQL',
    '/graphql//',
  ])('the path %s leads nowhere', async (target) => {
    const { status } = await rawRequest(app.url, { target });
    expect(status).toBeOneOf([400, 404]);
  });
});

describe('clients that take their time', () => {
  const slow = { headersMs: 200, requestMs: 400, silenceMs: 600, checkEveryMs: 50 };
  const serve = () =>
    startHttpServer({
      ...{ host: '127.0.0.1', port: 0, timeouts: slow },
      listener: (req, res) => void req.resume().once('end', () => res.end()),
    });

  test('headers that never end are cut off', async () => {
    const server = await serve();
    const { received, ms } = await converse(
      server.url,
      'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ',
      {
        ...{ waitMs: 20_000, everyMs: 20 },
      },
    );
    expect(statusesOf(received)).toEqual([408]);
    expect(ms).toBeLessThan(15_000);
    await server.drain(0);
  });

  test('a body that never ends is cut off', async () => {
    const server = await serve();
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n';
    const { received, ms } = await converse(server.url, head, { waitMs: 20_000, everyMs: 20 });
    expect(statusesOf(received)).toEqual([408]);
    expect(ms).toBeLessThan(15_000);
    await server.drain(0);
  });

  test('a connection on which nothing is ever sent is closed', async () => {
    const server = await serve();
    const { received, ms } = await converse(server.url, '', { waitMs: 20_000 });
    expect(statusesOf(received)).toSatisfy((all: number[]) => all.length === 0 || all[0] === 408);
    expect(ms).toBeLessThan(15_000);
    await server.drain(0);
  });
});

test('an answer that its client does not read is given up', async () => {
  const bytes = 64 * 1024 * 1024;
  let see = () => {};
  const closed = new Promise<void>((resolve) => {
    see = resolve;
  });
  const server = await startHttpServer({
    ...{ host: '127.0.0.1', port: 0 },
    timeouts: { headersMs: 5000, requestMs: 5000, silenceMs: 300, checkEveryMs: 50 },
    listener: (_, res) => {
      res.once('close', see);
      res.end(Buffer.alloc(bytes));
    },
  });
  const socket = new Socket().on('error', () => {});
  const { hostname, port } = new URL(server.url);
  socket.connect(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  socket.pause();
  await closed;
  expect(socket.bytesRead).toBeLessThan(bytes);
  socket.destroy();
  await server.drain(0);
});
