import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wireText } from '../../src/graphql/prepared/wire-text.js';
import type { HttpResponse } from '../../src/http/http-response.js';
import { sendBody } from '../../src/http/send-body.js';
import { type HttpServer, startHttpServer } from '../../src/http/server.js';

const LARGE = 'é情'.repeat(700_000);

let write: (res: HttpResponse) => void;
let server: HttpServer;
beforeAll(async () => {
  const listener = (_: unknown, res: HttpResponse) => write(res);
  server = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
});
afterAll(() => server.drain(1000));

test.each([
  ['small', 'é情'],
  ['large', LARGE],
])('a %s body arrives whole and with its length, behind a head or without one', async (_, text) => {
  const bytes = Buffer.from(text);
  write = (res) => sendBody(res, wireText(text));
  const one = await fetch(server.url);
  expect(one.headers.get('content-length')).toBe(String(bytes.length));
  expect((await one.text()) === text).toBe(true);
  write = (res) => {
    res.writeHead(200, { 'content-length': bytes.length });
    sendBody(res, wireText(text));
  };
  expect((await (await fetch(server.url)).text()) === text).toBe(true);
});

test('a client that leaves in the middle of a large body ends it, and nothing else', async () => {
  const ended = new Promise<void>((resolve) => {
    write = (res) => {
      res.once('close', resolve);
      sendBody(res, wireText(LARGE.repeat(5)));
    };
  });
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  await ended;
  await pause(50);
  write = (res) => sendBody(res, 'still there');
  expect(await (await fetch(server.url)).text()).toBe('still there');
});
