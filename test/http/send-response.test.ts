// A body arrives whole, whatever its size, and a client that leaves in the middle of it ends nothing else.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send } from '../../src/http/send-response.js';
import { type HttpListener, type HttpServer, startHttpServer } from '../../src/http/server.js';

const LARGE = 'é情'.repeat(700_000);

let listen: HttpListener;
let server: HttpServer;
beforeAll(async () => {
  const listener: HttpListener = (...request) => listen(...request);
  server = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
});
afterAll(() => server.drain(1000));

const answer =
  (body: string | Buffer): HttpListener =>
  (_, res, bounds) =>
    send({ res, head: {}, ...bounds }, { status: 200, headers: { 'x-own': 'a' }, body });

test.each([
  ['an empty text', ''],
  ['a small text', 'é情'],
  ['a large text', LARGE],
  ['large bytes', Buffer.from(LARGE)],
])('%s arrives whole, with its length', async (_, body) => {
  listen = answer(body);
  const response = await fetch(server.url);
  expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
  expect(response.headers.get('x-own')).toBe('a');
  expect((await response.text()) === String(body)).toBe(true);
});

test('a client that leaves in the middle of a large body ends it, and nothing else', async () => {
  const ended = new Promise<void>((resolve) => {
    listen = (_, res, bounds) => {
      res.once('close', resolve);
      send({ res, head: {}, ...bounds }, { status: 200, headers: {}, body: LARGE.repeat(5) });
    };
  });
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  await ended;
  await pause(50);
  listen = answer('still there');
  expect(await (await fetch(server.url)).text()).toBe('still there');
});
