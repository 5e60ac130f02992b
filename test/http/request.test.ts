import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { HttpResponse } from '../../src/http/http-response.js';
import type { Request } from '../../src/http/request.js';
import { type HttpServer, startHttpServer } from '../../src/http/server.js';

const CUT = '(cut)';
const HEAD = (length: number) =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;

let begin: (req: Request, read: () => void) => void;
let bodies: string[];
let server: HttpServer;
beforeAll(async () => {
  const listener = (req: Request, res: HttpResponse) => begin(req, () => readInto(req, res));
  server = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
});
beforeEach(() => {
  bodies = [];
});
afterAll(() => server.drain(1000));

function readInto(req: Request, res: HttpResponse): void {
  let text = '';
  req.handBodyTo({
    take(chunk) {
      text += chunk;
    },
    end() {
      bodies.push(text);
      res.end(text);
    },
    cut: () => void bodies.push(text + CUT),
  });
}

function open() {
  return connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
}

const MOMENTS: [string, (req: Request, read: () => void) => void][] = [
  ['at once', (_, read) => read()],
  ['in the next turn', (_, read) => void setImmediate(read)],
  ['when all has come', (_, read) => void setTimeout(read, 100)],
];

test.each(MOMENTS)('a reader that asks for a body %s gets all of it', async (_, moment) => {
  begin = moment;
  for (const body of ['', 'short', 'long'.repeat(200_000)]) {
    const answer = await fetch(server.url, { method: 'POST', body });
    expect((await answer.text()) === body).toBe(true);
  }
});

test.each(MOMENTS)(
  'a reader that asks for it %s gets an error when the rest does not come',
  async (_, moment) => {
    begin = moment;
    const socket = open();
    socket.write(`${HEAD(100)}some`);
    await pause(10);
    socket.destroy();
    await vi.waitFor(() => expect(bodies).toEqual(['some(cut)']));
  },
);

test('the part that has come is handed over before the rest', async () => {
  begin = (_, read) => void setTimeout(read, 50);
  const socket = open();
  socket.write(`${HEAD(8)}half`);
  await pause(150);
  socket.write('rest');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/halfrest$/);
  socket.destroy();
});

test('pipelined requests on one connection each get their own body', async () => {
  begin = (_, read) => read();
  const socket = open();
  socket.write(`${HEAD(1)}a${HEAD(1)}b${HEAD(2)}cc`);
  await vi.waitFor(() => expect(bodies).toEqual(['a', 'b', 'cc']));
  socket.destroy();
});
