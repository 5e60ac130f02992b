import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHttpServer } from '../../src/http/server.js';
import { converse, statusesOf } from '../security/raw-socket.js';
import { heapAfterCollection } from '../support/heap.js';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody';

function readBody(req: IncomingMessage, done: () => void): void {
  if (req.method === 'GET') done();
  else req.resume().once('end', done);
}

// A batch of 60 KB held on to five megabytes of its connection, and a hundred such connections ended a process.
test.each([
  ['one request', GET],
  ['one with a body', POST],
  ['a batch', GET.repeat(500)],
  ['a batch with bodies', POST.repeat(500)],
])('an idle connection holds on to nothing of %s', async (_, requests) => {
  const made: WeakRef<object>[] = [];
  const listener = (req: IncomingMessage, res: ServerResponse) => {
    made.push(new WeakRef(req), new WeakRef(res));
    readBody(req, () => res.writeHead(200, { 'content-length': 0 }).end());
  };
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(requests);
  const count = requests.split('HTTP/1.1').length - 1;
  while (received.split('HTTP/1.1 200').length <= count) await pause(10);
  await pause(50);
  heapAfterCollection();
  await pause(10);
  heapAfterCollection();
  expect(made).toHaveLength(2 * count);
  const held = made.filter((reference) => reference.deref() !== undefined);
  expect(held.length).toBe(0);
  expect(socket.closed).toBe(false);
  socket.destroy();
  await server.drain(1000);
});

// A request behind an answer that closes the connection never ended, and the drain waited for it.
test('a drain does not wait for requests behind an answer that closes the connection', async () => {
  const listener = (req: IncomingMessage, res: ServerResponse) => {
    if (req.url === '/last') res.setHeader('Connection', 'close');
    res.writeHead(200, { 'content-length': 0 }).end();
  };
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
  const requests = ['/', '/last', '/'].map((path) => GET.replace('/', path)).join('');
  const { received } = await converse(server.url, requests);
  expect(statusesOf(received)).toEqual([200, 200]);
  const startedAt = performance.now();
  await server.drain(5000);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('an answer that a drain waits for says that its connection is closed behind it', async () => {
  let answer = () => {};
  const listener = (_: IncomingMessage, res: ServerResponse) => {
    answer = () => res.writeHead(200, { 'content-length': 0 }).end();
  };
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
  const reading = converse(server.url, GET, { waitMs: 5000 });
  await pause(100);
  const drained = server.drain(5000);
  await pause(50);
  answer();
  const { received, ms } = await reading;
  await drained;
  expect(received).toMatch(/^connection: close\r$/im);
  expect(ms).toBeLessThan(2000);
});
