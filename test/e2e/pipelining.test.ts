// Requests that are pipelined on one connection: answered one after the other and in their order.
import { gunzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { rawRequest } from '../http/raw-request.js';
import { converse } from '../security/raw-socket.js';
import { get, last, read, sendAhead } from '../support/pipelined.js';
import { withApp } from '../support/with-app.js';

const idsOf = (received: string) =>
  [...received.matchAll(/"model":\{"id":"([^"]+)"/g)].map(([, id]) => id);

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
