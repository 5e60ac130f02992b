import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../src/http/answer.js';
import { type HttpServer, startHttpServer } from '../../src/http/server.js';

let write: (res: Answer) => void;
let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    ...{ host: '127.0.0.1', port: 0 },
    listener(_, res) {
      res.requestId = 'r-1';
      res.varies = 'Authorization';
      write(res);
    },
  });
});
afterAll(() => server.drain(1000));

async function headersWhen(writing: typeof write): Promise<Headers> {
  write = writing;
  return (await fetch(server.url)).headers;
}

const EVERY = {
  'x-request-id': 'r-1',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  vary: 'Authorization',
};

describe('every answer carries the same', () => {
  test.each<[string, (res: Answer) => void]>([
    ['with its head at once', (res) => res.writeHead(200, { 'content-length': 0 }).end()],
    ['with a list of headers', (res) => res.writeHead(200, ['content-length', '0']).end()],
    ['with a message', (res) => res.writeHead(200, 'Fine', { 'content-length': 0 }).end()],
    ['with headers set one by one', (res) => res.setHeader('x-own', 'a').writeHead(200).end()],
    ['with no head of its own', (res) => res.end('{}')],
  ])('%s', async (_, writing) => {
    expect(Object.fromEntries(await headersWhen(writing))).toMatchObject(EVERY);
  });

  test('what is set takes its place, and what it depends on is added to what others said', async () => {
    const headers = await headersWhen((res) => {
      res.setHeader('content-security-policy', "default-src 'self'");
      res.setHeader('Vary', 'Origin');
      res.writeHead(200, { 'content-type': 'text/plain' }).end('a');
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      ...EVERY,
      'content-security-policy': "default-src 'self'",
      'content-type': 'text/plain',
      vary: 'Origin, Authorization',
    });
  });
});
