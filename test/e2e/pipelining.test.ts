// Requests that are sent ahead on one connection: answered in order, and so many side by side that a client who
// reads none of them does not fill the memory.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { converse } from '../security/raw-socket.js';
import { withApp } from '../support/with-app.js';

const SIDE_BY_SIDE = 16;
const withText = () => ({ model: { ModelDescription: 'x'.repeat(100) } });

function request(body: object): string {
  const text = JSON.stringify(body);
  const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  return `${head}Content-Length: ${text.length}\r\n\r\n${text}`;
}
const last = (text: string) => text.replace('\r\n', '\r\nConnection: close\r\n');
const read = (index: number) => request({ query: `{ model(id: "${modelId(index)}") { id } }` });
const idsOf = (received: string) =>
  [...received.matchAll(/"model":\{"id":"([^"]+)"/g)].map(([, id]) => id);

test('are all answered, in their order', async () => {
  await using app = await withApp({ sandbox: { models: numberedModels(61) } });
  const sent = range(0, 60).map((index) =>
    index % 7 === 3 ? `GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n` : read(index),
  );
  const { received } = await converse(app.url, [...sent, last(read(60))].join(''), {
    waitMs: 5000,
  });
  expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(61);
  const wanted = range(0, 61).filter((index) => index % 7 !== 3);
  expect(idsOf(received)).toEqual(wanted.map(modelId));
});

test('begin no more than so many side by side', async () => {
  await using app = await withApp({ sandbox: { models: numberedModels(60) } });
  app.sandbox.faults.add({ delayMs: 300, times: SIDE_BY_SIDE });
  const sent = [...range(0, 59).map(read), last(read(59))];
  const reading = converse(app.url, sent.join(''), { waitMs: 5000 });
  await pause(200);
  expect(app.sandbox.requests).toHaveLength(SIDE_BY_SIDE);
  const { received } = await reading;
  expect(idsOf(received)).toEqual(range(0, 60).map(modelId));
});

// An answer of a megabyte was copied for each request of a few bytes: 265 MB for each connection.
test.each([
  ['from the memo', {}, 'raw'],
  ['made anew each time', { ANSWER_MEMO: 'off', COMPILED_EXECUTION: 'off' }, 'raw meta { source }'],
])('answers %s fill no memory when nobody reads them', async (_, env, fields) => {
  await using app = await withApp({ env, sandbox: { models: numberedModels(100, withText) } });
  const aliases = range(0, 45).map((index) => `a${index}: raw`);
  const query = `query Large { models(first: 100) { nodes { ${fields} ${aliases.join(' ')} } } }`;
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  for (const body of [{ query, extensions }, ...Array(6).fill({ extensions })]) {
    const { received } = await converse(app.url, last(request(body)));
    expect(received.length).toBeGreaterThan(500_000);
  }
  const before = process.memoryUsage();
  const sockets = range(0, 2).map(() => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1').pause();
    socket.on('error', () => {});
    socket.write(request({ extensions }).repeat(250));
    return socket;
  });
  await pause(1500);
  const { heapUsed, external } = process.memoryUsage();
  expect(heapUsed + external - before.heapUsed - before.external).toBeLessThan(150_000_000);
  for (const socket of sockets) socket.destroy();
});
