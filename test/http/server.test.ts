import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startHttpServer } from '../../src/http/server.js';
import { converse, statusesOf } from '../security/raw-socket.js';
import { heapAfterCollection } from '../support/heap.js';
import { get, openServer, post } from './open-server.js';

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

const answerPath = ({ url }: IncomingMessage, res: ServerResponse) => res.end(url);

// At 10 s, the time for headers, proxies that keep connections for a minute got 502 now and then.
test('an idle connection is kept beyond the times for headers and for silence', async () => {
  const timeouts = { headersMs: 100, requestMs: 200, silenceMs: 200, checkEveryMs: 20 };
  await using server = await openServer({ listener: answerPath, timeouts, keepAliveMs: 1500 });
  const { socket, received } = server.connect();
  socket.resume().write(get('/first'));
  await pause(700);
  socket.write(get('/second'));
  await vi.waitFor(() => expect(received()).toMatch(/\/second$/));
  const [idleSince] = [performance.now(), await once(socket, 'close')];
  expect(performance.now() - idleSince).toBeGreaterThan(1300);
  expect(statusesOf(received())).toEqual([200, 200]);
});

// The server looked for requests in flight in the turn of the signal, and closed sockets that it had not read.
test('a drain answers requests that have reached a socket and are not read yet', async () => {
  const server = await openServer({ listener: answerPath });
  const clients = Array.from({ length: 50 }, () => server.connect());
  await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
  const [used = [], unused = []] = [clients.slice(0, 25), clients.slice(25)];
  for (const { socket } of used) socket.resume().write(get('/before'));
  await vi.waitFor(() => {
    for (const { received } of used) expect(received()).toMatch(/before$/);
  });
  for (const { socket } of [...used, ...unused]) socket.resume().write(get('/last'));
  await server.drain(5000);
  await vi.waitFor(() => {
    for (const { received } of clients) expect(received()).toMatch(/connection: close.*last$/is);
  });
});

test('a drain waits for the rest of a request of which it has a part', async () => {
  const server = await openServer({ listener: answerPath });
  const { socket, received } = server.connect();
  socket.resume().write(get('/parted').slice(0, 10));
  await pause(100);
  const drained = server.drain(10_000);
  await pause(300);
  socket.write(get('/parted').slice(10));
  await drained;
  await vi.waitFor(() => expect(received()).toMatch(/parted$/));
});

test('a drain does not wait for more after a body that was refused before it was complete', async () => {
  const server = await openServer({
    listener(req: IncomingMessage, res: ServerResponse) {
      req.resume();
      res.end('refused');
    },
  });
  const { socket, received } = server.connect();
  const request = post('/', 'x'.repeat(100_000));
  socket.resume().write(request.slice(0, 1000));
  await vi.waitFor(() => expect(received()).toMatch(/refused$/));
  socket.write(request.slice(1000));
  await pause(100);
  const startedAt = performance.now();
  await server.drain(5000);
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

test('before it drains a server closes each connection behind the last request that it has', async () => {
  const held: ServerResponse[] = [];
  const server = await openServer({
    listener(req: IncomingMessage, res: ServerResponse) {
      if (req.url === '/held') held.push(res);
      else answerPath(req, res);
    },
  });
  const idle = server.connect();
  idle.socket.resume().write(get('/first'));
  const busy = server.connect();
  busy.socket.resume().write(get('/held'));
  await vi.waitFor(() =>
    expect([held.length, idle.received()]).toEqual([1, expect.stringMatching(/first$/)]),
  );
  server.closeBehindResponses();
  // It comes when its connection was to close behind the request before it.
  busy.socket.write(get('/behind'));
  await pause(100);
  expect([idle.socket.closed, busy.received()]).toEqual([false, '']);
  held.pop()?.end('held');
  idle.socket.write(get('/last'));
  for (const { socket } of [idle, busy]) if (!socket.closed) await once(socket, 'close');
  expect(busy.received()).toMatch(/connection: keep-alive.*held.*connection: close.*behind$/is);
  expect(idle.received()).toMatch(/connection: keep-alive.*first.*connection: close.*last$/is);
  const other = server.connect();
  other.socket.resume().write(get('/other'));
  await vi.waitFor(() => expect(other.received()).toMatch(/connection: close.*other$/is));
  await server.drain(1000);
});
