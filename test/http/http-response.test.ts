import { connect, Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { HttpResponse } from '../../src/http/http-response.js';
import { sendBody } from '../../src/http/send-body.js';
import { type HttpServer, startHttpServer } from '../../src/http/server.js';

let write: (res: HttpResponse) => void;
let varies = 'Authorization';
let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    ...{ host: '127.0.0.1', port: 0 },
    listener(_, res) {
      res.requestId = 'r-1';
      res.varies = varies;
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
  test.each<[string, (res: HttpResponse) => void]>([
    ['with its head at once', (res) => res.writeHead(200, { 'content-length': 0 }).end()],
    ['with a list of headers', (res) => res.writeHead(200, ['content-length', '0']).end()],
    ['with a message', (res) => res.writeHead(200, 'Fine', { 'content-length': 0 }).end()],
    ['with headers set one by one', (res) => res.setHeader('x-own', 'a').writeHead(200).end()],
    ['with no head of its own', (res) => res.end('{}')],
  ])('%s', async (_, writing) => {
    expect(Object.fromEntries(await headersWhen(writing))).toMatchObject(EVERY);
  });

  test('a header that is set replaces the former one, and Vary is added to the former values', async () => {
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

/** All that is sent until the connection has nothing more to say. */
function converse(requests: string, answers: number): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () =>
      socket.write(requests),
    );
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      if (received.split('"end"').length > answers) socket.destroy();
    });
    socket.once('close', () => resolve(received.replaceAll(/^Date: .*$/gm, 'Date')));
  });
}

describe('a head of our own', () => {
  const BODY = '"end"';
  const text = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  const headers = fc
    .dictionary(fc.stringMatching(/^x-[a-z-]{1,20}$/), fc.oneof(text, fc.nat()))
    .map((own) => ({ ...own, 'content-type': 'text/plain', 'content-length': BODY.length }));
  const requests = fc.constantFrom(
    ...['HTTP/1.1\r\n', 'HTTP/1.1\r\nConnection: close\r\n', 'HTTP/1.0\r\n'],
    'HTTP/1.0\r\nConnection: keep-alive\r\n',
    'HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n',
  );

  test('equals the head that node writes, to the byte, for any request', async () => {
    const before = varies;
    const cases = fc.tuple(
      headers,
      requests,
      fc.constantFrom('', 'Accept'),
      fc.integer({ min: 1, max: 3 }),
    );
    const isSame = async ([own, line, vary, count]: [
      Record<string, string | number>,
      string,
      string,
      number,
    ]) => {
      varies = vary;
      const sent = `GET / ${line}Host: localhost\r\n\r\n`.repeat(count);
      const answers = /close|1\.0\r\n$/.test(line) ? 1 : count;
      write = (res) => res.writeHead(200, own).end(BODY);
      const expected = await converse(sent, answers);
      write = (res) => {
        res.writeOwnHead(own);
        sendBody(res, BODY);
      };
      expect(await converse(sent, answers)).toBe(expected);
      expect(expected).toMatch(/^HTTP\/1\.1 (200|100)/);
    };
    await fc.assert(fc.asyncProperty(cases, isSame));
    varies = before;
  });

  test('is left to node where headers were set one by one', async () => {
    const answer = await headersWhen((res) => {
      res.setHeader('x-frame-options', 'SAMEORIGIN');
      res.writeOwnHead({ 'content-length': 0 });
      res.end();
    });
    expect(answer.get('x-frame-options')).toBe('SAMEORIGIN');
  });

  test('is one write with its body, without a head from node', async () => {
    const socket = Socket.prototype as unknown as Record<'_write' | '_writev', () => void>;
    const spies = [vi.spyOn(socket, '_write'), vi.spyOn(socket, '_writev')];
    const asked = vi.spyOn(HttpResponse.prototype, 'writeHead');
    await headersWhen((res) => {
      res.writeOwnHead({ 'content-length': BODY.length });
      sendBody(res, BODY);
    });
    const [texts = [], lists] = spies.map(({ mock }) => mock.calls as unknown[][]);
    const ours = texts.filter(([piece]) => String(piece).includes(BODY));
    expect([ours.length, lists, asked.mock.calls]).toEqual([1, [], []]);
    vi.restoreAllMocks();
  });
});
