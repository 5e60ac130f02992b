// Content codings of requests and responses, over real sockets: bounded after decoding, and chosen by their weights.
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
} from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { type RawAnswer, rawRequest } from '../http/raw-request.js';
import { type TestApp, withApp } from '../support/with-app.js';

const MB = 1024 * 1024;
const ONE = JSON.stringify({ query: `{ model(id: "${modelId(0)}") { name } }` });
const IDS = JSON.stringify(range(0, 20).map(modelId));
/** Its answer is larger than 1 KB. */
const MANY = `{ modelsByIds(ids: ${IDS}) { id name description createdAt } }`;
const JSON_BODY = { 'content-type': 'application/json' };

const open = (env: Record<string, string> = {}) =>
  withApp({ env: { CACHE_TTL_SECONDS: '3600', ...env }, sandbox: { models: numberedModels(20) } });

const send = (app: TestApp, body: Buffer, coding: string | string[]) =>
  rawRequest(app.url, {
    ...{ method: 'POST', target: '/graphql', body: [body] },
    headers: { ...JSON_BODY, 'content-encoding': coding },
  });

describe('a body in a content coding', () => {
  test.each([
    ['gzip', gzipSync(ONE)],
    ['GZip', gzipSync(ONE)],
    ['x-gzip', gzipSync(ONE)],
    ['deflate', deflateSync(ONE)],
    ['br', brotliCompressSync(ONE)],
    ['identity', Buffer.from(ONE)],
  ])('is read: %s', async (coding, body) => {
    await using app = await open();
    const answer = await send(app, body, coding);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).data.model.name).toEqual(expect.any(String));
  });

  test.each<[string, Buffer, string | string[], number]>([
    ['that is unknown', gzipSync(ONE), 'zstd', 415],
    ['that is applied twice', gzipSync(gzipSync(ONE)), 'gzip, gzip', 415],
    ['that two headers name', gzipSync(ONE), ['gzip', 'br'], 415],
    ['without a name', gzipSync(ONE), '', 415],
    ['named like a property of objects', gzipSync(ONE), 'constructor', 415],
    ['that is another than its name says', deflateSync(ONE), 'gzip', 400],
    ['that is none', Buffer.from(ONE), 'gzip', 400],
    ['that is cut off', gzipSync(ONE).subarray(0, 30), 'gzip', 400],
    ['that is cut off, in br', brotliCompressSync(ONE).subarray(0, 20), 'br', 400],
    ['that is cut off at the start', Buffer.alloc(0), 'deflate', 400],
    ['of something else than JSON', gzipSync('{'), 'gzip', 400],
  ])('is refused: one %s', async (_, body, coding, status) => {
    await using app = await open();
    const answer = await send(app, body, coding);
    expect([answer.status, answer.headers['cache-control']]).toEqual([status, 'no-store']);
    expect(JSON.parse(answer.body).errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
    expect(app.sandbox.requests).toEqual([]);
    expect(app.events.filter(({ type }) => type === 'unexpected')).toEqual([]);
  });

  const BOMB = Buffer.alloc(300 * MB, ' ');
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(BOMB)],
    ['deflate', deflateSync(BOMB)],
    ['br', brotliCompressSync(BOMB.subarray(0, 100 * MB))],
  ])(
    'is refused once it is larger than the limit, and decoded no further: %s',
    async (coding, bomb) => {
      await using app = await open();
      expect(bomb.length).toBeLessThan(MB);
      const before = process.memoryUsage().arrayBuffers;
      const refused = await Promise.all(range(0, 20).map(() => send(app, bomb, coding)));
      // Decoded whole, they take gigabytes.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MB);
      for (const { status, body } of refused) {
        expect(status).toBe(413);
        expect(JSON.parse(body).errors[0].extensions).toEqual({
          ...{ code: 'BAD_REQUEST', limit: MB, measured: MB + 1 },
        });
      }
    },
  );

  test('is read up to exactly the limit', async () => {
    await using app = await open();
    const padded = (bytes: number) => Buffer.from(ONE.padEnd(bytes, ' '));
    expect((await send(app, gzipSync(padded(MB)), 'gzip')).status).toBe(200);
    expect((await send(app, gzipSync(padded(MB + 1)), 'gzip')).status).toBe(413);
  });
});

interface Received extends Pick<RawAnswer, 'status' | 'headers'> {
  readonly bytes: Buffer;
}

/** The bytes as they came over the wire. */
async function receive(
  app: TestApp,
  accepted: string | undefined,
  { query = MANY, ...headers }: Record<string, string> = {},
): Promise<Received> {
  const {
    status,
    headers: received,
    bytes,
  } = await rawRequest(app.url, {
    ...{ method: 'POST', target: '/graphql', body: [JSON.stringify({ query })] },
    headers: {
      ...JSON_BODY,
      ...(accepted !== undefined && { 'accept-encoding': accepted }),
      ...headers,
    },
  });
  return { status, headers: received, bytes };
}

const DECODE: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  identity: (bytes) => bytes,
};

const STAGES: [string, Record<string, string>][] = [
  ['by Apollo', { RESPONSE_CACHE: 'off', COMPILED_OPERATIONS: 'off' }],
  ['by a compiled operation', { RESPONSE_CACHE: 'off' }],
  ['by the response cache', {}],
];

describe.each(STAGES)('an answer %s', (_, stages) => {
  test.each<[string | undefined, string]>([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['gzip;q=0.5, br;q=0.9', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'br'],
    ['*;q=0.5, identity;q=1', 'identity'],
    ['gzip;q=0', 'identity'],
    ['*;q=0', 'identity'],
    ['deflate', 'identity'],
    ['gzipped, brotli', 'identity'],
    ['', 'identity'],
    [undefined, 'identity'],
  ])('to a client that accepts %s is sent in %s', async (accepted, coding) => {
    await using app = await open(stages);
    const plain = JSON.parse(String((await receive(app, undefined)).bytes));
    for (let time = 0; time < 8; time += 1) {
      const { status, headers, bytes } = await receive(app, accepted);
      expect([status, headers['content-encoding'] ?? 'identity']).toEqual([200, coding]);
      expect(headers['content-length']).toBe(String(bytes.length));
      expect(headers.vary).toBe('Authorization, X-API-Key, Accept, Accept-Encoding');
      const decoded = DECODE[coding]?.(bytes) ?? Buffer.alloc(0);
      expect(JSON.parse(String(decoded)).data).toEqual(plain.data);
      if (coding !== 'identity') expect(bytes.length).toBeLessThan(decoded.length / 2);
    }
  });
});

test('the response cache keeps the form in which a response is sent, and tells clients apart', async () => {
  await using app = await open({ RESPONSE_CACHE: 'on' });
  // From PAI at first, and then from the cache of PAI's answers.
  await receive(app, undefined);
  const kept = new Map<string, Buffer>();
  for (const accepted of ['gzip', 'br', 'identity', 'br', 'gzip', 'identity', 'gzip;q=0.1']) {
    for (let time = 0; time < 3; time += 1) {
      const { headers, bytes } = await receive(app, accepted);
      const coding = headers['content-encoding'] ?? 'identity';
      const before = kept.get(coding);
      if (before !== undefined) expect(bytes.equals(before)).toBe(true);
      kept.set(coding, bytes);
    }
  }
  expect([...kept.keys()]).toEqual(['gzip', 'br', 'identity']);
  const hits = app.events.filter(
    (event) => event.type === 'operation' && event.isFromResponseCache,
  );
  expect(hits.length).toBeGreaterThan(8);
});

test('an answer below 1 KB is not compressed', async () => {
  await using app = await open();
  const query = '{ __typename }';
  expect((await receive(app, 'gzip', { query })).headers['content-encoding']).toBeUndefined();
});

test('a refusal of more than 1 KB is compressed, too, since Accept-Encoding is not about success', async () => {
  await using app = await open();
  const query = `{ ${range(0, 30).map((index) => `nonsense${index}`)} }`;
  const { headers, bytes } = await receive(app, 'gzip', { query });
  expect(headers['content-encoding']).toBe('gzip');
  expect(JSON.parse(String(gunzipSync(bytes))).errors).toHaveLength(30);
});

test('a 304 has no coding, and the Vary and the tag of the whole answer in any coding', async () => {
  await using app = await open({ CORS_ORIGINS: 'https://app.example.com' });
  const get = (headers: Record<string, string>) =>
    rawRequest(app.url, {
      target: `/graphql?${new URLSearchParams({ query: MANY })}`,
      headers: { 'apollo-require-preflight': '1', ...headers },
    });
  for (let time = 0; time < 4; time += 1) {
    const whole = await get({ 'accept-encoding': 'gzip' });
    const { etag = '', vary } = whole.headers;
    expect([whole.status, whole.headers['content-encoding']]).toEqual([200, 'gzip']);
    expect(etag).toMatch(/^W\//);
    expect(vary).toBe(
      'Origin, Authorization, X-API-Key, Accept, Accept-Encoding, X-Upstream-Explain, Apollo-Federation-Include-Trace',
    );
    for (const accepted of ['gzip', 'br', 'identity']) {
      const known = await get({ 'accept-encoding': accepted, 'if-none-match': etag });
      expect([known.status, known.bytes.length]).toEqual([304, 0]);
      expect(known.headers).toMatchObject({ etag, vary });
      for (const name of ['content-encoding', 'content-length', 'content-type']) {
        expect(known.headers).not.toHaveProperty(name);
      }
    }
  }
});
