// The body of a request arrives whole or not at all, and reading it keeps the async context of its reader.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { readRequest } from '../../src/http/read-request.js';
import { type HttpListener, type HttpServer, startHttpServer } from '../../src/http/server.js';

const MAX_BYTES = 1_000_000;
const CALLER = { name: null, lane: '', view: { kind: 'all' }, own: null } as const;
const HEAD = (length: number, path = '/') =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

/** The text of the body. */
async function readBody(...[req, res, bounds]: Parameters<HttpListener>): Promise<string> {
  const request = { req, res, requestId: 'r', search: '', head: {}, ...bounds };
  const options = {
    maxBodyBytes: MAX_BYTES,
    corsOrigins: [],
    timeoutMs: 10_000,
    now: () => performance.now(),
  };
  return (await readRequest(request, CALLER, options)).text;
}

let moment: (req: IncomingMessage) => unknown;
let bodies: string[];
let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    async listener(req, res, bounds) {
      await moment(req);
      const text = await readBody(req, res, bounds).catch((error) => `(${error.status})`);
      bodies.push(text);
      res.end(text);
    },
  });
});
beforeEach(() => {
  bodies = [];
  moment = () => {};
});
afterAll(() => server.drain(1000));

function open() {
  return connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
}

const MOMENTS: [string, () => unknown][] = [
  ['at once', () => {}],
  ['in the next turn', () => new Promise((resolve) => setImmediate(resolve))],
  ['when all has come', () => pause(100)],
];

test.each(MOMENTS)('a reader that asks for a body %s gets all of it', async (_, at) => {
  moment = at;
  for (const body of ['1', '"short"', `"${'long'.repeat(200_000)}"`]) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(server.url, { method: 'POST', headers, body });
    expect((await answer.text()) === body).toBe(true);
  }
});

test.each(MOMENTS)(
  'a reader that asks for it %s gets an error when the rest does not come',
  async (_, at) => {
    moment = at;
    const socket = open();
    socket.write(`${HEAD(100)}some`);
    await pause(10);
    socket.destroy();
    await vi.waitFor(() => expect(bodies).toEqual(['(400)']));
  },
);

test('the part that has come is handed over before the rest', async () => {
  moment = () => pause(50);
  const socket = open();
  socket.write(`${HEAD(8)}1234`);
  await pause(150);
  socket.write('5678');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/12345678$/);
  socket.destroy();
});

test('pipelined requests on one connection each get their own body', async () => {
  const socket = open();
  socket.write(`${HEAD(1)}1${HEAD(1)}2${HEAD(2)}33`);
  await vi.waitFor(() => expect(bodies).toEqual(['1', '2', '33']));
  socket.destroy();
});

test('a body of undeclared length that grows too large is refused, and the connection stays usable', async () => {
  const socket = open().setEncoding('latin1');
  let received = '';
  socket.on('data', (text) => {
    received += text;
  });
  const chunk = `186a0\r\n${'x'.repeat(100_000)}\r\n`;
  const head = HEAD(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
  socket.write(`${head}${chunk.repeat(12)}0\r\n\r\n${HEAD(5)}12345`);
  await vi.waitFor(() => expect(bodies).toEqual(['(413)', '12345']));
  await vi.waitFor(() => expect(received).toMatch(/\(413\).*12345$/s));
  socket.destroy();
});

test('a tracer finds its data of a request after the body, also where the request waited', async () => {
  const traces = new AsyncLocalStorage<string>();
  const trace = (message: unknown) =>
    traces.enterWith(String((message as { request: IncomingMessage }).request.url));
  subscribe('http.server.request.start', trace);
  onTestFinished(() => void unsubscribe('http.server.request.start', trace));
  const seen: (string | undefined)[] = [];
  const listener: HttpListener = async (req, res, bounds) => {
    await readBody(req, res, bounds);
    seen.push(traces.getStore());
    res.end();
  };
  const traced = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
  const socket = connect(Number(new URL(traced.url).port), '127.0.0.1');
  socket.write(`${HEAD(1, '/1')}1${HEAD(4, '/2')}2`);
  await pause(50);
  socket.write(`222${HEAD(1, '/3')}3`);
  await vi.waitFor(() => expect(seen).toEqual(['/1', '/2', '/3']));
  socket.destroy();
  await traced.drain(1000);
});
