// Requests that are pipelined on one connection: answered one after the other and in their order, so that a
// client that reads none of them fills no memory.
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { rawRequest } from '../http/raw-request.js';
import { converse } from '../security/raw-socket.js';
import { heapAfterCollection } from '../support/heap.js';
import { type TestApp, withApp } from '../support/with-app.js';

const MB = 1024 * 1024;
const withText = () => ({ model: { ModelDescription: 'x'.repeat(100) } });

function request(body: object): string {
  const text = JSON.stringify(body);
  const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  return `${head}Content-Length: ${text.length}\r\n\r\n${text}`;
}
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const last = (text: string) => text.replace('\r\n', '\r\nConnection: close\r\n');
const read = (index: number) => request({ query: `{ model(id: "${modelId(index)}") { id } }` });
const idsOf = (received: string) =>
  [...received.matchAll(/"model":\{"id":"([^"]+)"/g)].map(([, id]) => id);

/** Sends without reading anything. */
function sendAhead(app: TestApp, bytes: string) {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1').pause();
  socket.on('error', () => {});
  socket.write(bytes);
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('are all answered, in their order', async () => {
  await using app = await withApp({ sandbox: { models: numberedModels(201) } });
  const sent = range(0, 200).map((index) => (index % 7 === 3 ? get('/healthz') : read(index)));
  const { received } = await converse(app.url, [...sent, last(read(200))].join(''), {
    waitMs: 20_000,
  });
  expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(201);
  const wanted = range(0, 201).filter((index) => index % 7 !== 3);
  expect(idsOf(received)).toEqual(wanted.map(modelId));
});

test('ask the upstream nothing before their turn, and never when their client has left', async () => {
  await using app = await withApp({ sandbox: { models: numberedModels(3) } });
  app.sandbox.faults.add({ delayMs: 60_000, times: 1 });
  const socket = sendAhead(app, range(0, 3).map(read).join(''));
  await vi.waitFor(() => expect(app.sandbox.inFlight()).toBe(1));
  await app.query('{ __typename }');
  expect(app.sandbox.requests).toHaveLength(1);
  socket.destroy();
  await vi.waitFor(() => expect(app.sandbox.inFlight()).toBe(0));
  await app.query('{ __typename }');
  expect(app.sandbox.requests).toHaveLength(1);
});

const LARGE = `query Large { models(first: 100) { nodes { raw meta { source } ${range(0, 45)
  .map((index) => `a${index}: raw`)
  .join(' ')} } } }`;

const ROUTES: [string, string, Record<string, string>][] = [
  ['/', get('/'), {}],
  ['/, compressed', get('/').replace('\r\n\r\n', '\r\nAccept-Encoding: gzip\r\n\r\n'), {}],
  ['/schema.graphql', get('/schema.graphql'), {}],
  ['/metrics', get('/metrics'), {}],
  ['/healthz', get('/healthz'), {}],
  ['/readyz', get('/readyz'), {}],
  ['a path that is not served', get('/nothing'), {}],
  ['a request without its Host', 'GET / HTTP/1.1\r\n\r\n', {}],
  ['/graphql with a wrong body', request([]), {}],
  ['/graphql, a small answer', read(0), {}],
  ['/graphql, a large answer from memory', request({ query: LARGE.replace(/meta .*?}/, '') }), {}],
  [
    '/graphql, a large answer made anew each time',
    request({ query: LARGE }),
    { ANSWER_MEMO: 'off', COMPILED_EXECUTION: 'off' },
  ],
];

// One connection that went on sending requests and read nothing held 5.4 GB.
test.each(ROUTES)('1,600 or more that are never read fill no memory: %s', async (_, sent, env) => {
  const models = numberedModels(100, withText);
  await using app = await withApp({ env, sandbox: { models } });
  // What is made once and kept is there before it is measured.
  for (let round = 0; round < 4; round += 1) await converse(app.url, last(sent));
  const before = heapAfterCollection() + process.memoryUsage().external;
  const count = Math.max(1600, Math.ceil((8 * MB) / sent.length));
  const sockets = range(0, 2).map(() => sendAhead(app, sent.repeat(count)));
  let most = 0;
  for (let round = 0; round < 10; round += 1) {
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    const now = heapAfterCollection() + process.memoryUsage().external;
    most = Math.max(most, now - before);
  }
  // Else they would hold up the end of the app.
  for (const socket of sockets) socket.destroy();
  expect(most).toBeLessThan(20 * MB);
});

test('a batch of requests for the playground is answered whole, each with the one page', async () => {
  await using app = await withApp();
  const { body } = await rawRequest(app.url, { target: '/' });
  const compressed = get('/').replace('\r\n\r\n', '\r\nAccept-Encoding: gzip\r\n\r\n');
  const { received } = await converse(app.url, compressed.repeat(9) + last(compressed), {
    waitMs: 20_000,
  });
  const pages = received.split('HTTP/1.1 200 OK').slice(1);
  expect(pages).toHaveLength(10);
  for (const page of pages) {
    const bytes = Buffer.from(page.slice(page.indexOf('\r\n\r\n') + 4), 'latin1');
    expect(gunzipSync(bytes).toString() === body).toBe(true);
  }
});
