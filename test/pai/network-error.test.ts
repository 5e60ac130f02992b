// Each way to lose an answer, over a real socket: one word for the log, and nothing of it for a caller.
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { describe, expect, it, test } from 'vitest';
import { NetworkError } from '../../src/net/http-client.js';
import { freePort } from '../support/free-port.js';
import { failureOf, startUpstream, transportTo } from './upstream.js';

async function lostAt(url: string, timeoutMs = 5000): Promise<NetworkError> {
  using transport = transportTo(url, { timeoutMs });
  const failure = await failureOf(transport.send());
  if (failure instanceof NetworkError) return failure;
  throw new Error('It should have failed on the wire.', { cause: failure });
}

const causeAt = async (url: string, timeoutMs?: number) => (await lostAt(url, timeoutMs)).wireCause;

describe('the cause of a lost attempt', () => {
  it('is DNS when the name of the registry has no address', async () => {
    expect(await causeAt('http://registry.invalid')).toBe('DNS');
  });

  it('is REFUSED when no program listens at the port', async () => {
    expect(await causeAt(`http://127.0.0.1:${await freePort()}`)).toBe('REFUSED');
  });

  it('is RESET when a new connection is reset before the answer', async () => {
    await using upstream = await startUpstream(({ socket }) => socket.resetAndDestroy());
    const failure = await lostAt(upstream.url);
    expect(failure).toMatchObject({ wireCause: 'RESET', isStaleConnection: false });
  });

  it('is CERTIFICATE when no known authority has signed it, or it is for another name', async () => {
    const pem = await generate([{ name: 'commonName', value: 'registry.example' }], {
      keyType: 'ec',
    });
    const server = createTlsServer({ key: pem.private, cert: pem.cert }, (_, response) =>
      response.end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await causeAt(`https://127.0.0.1:${port}`)).toBe('CERTIFICATE');
    server.closeAllConnections();
    server.close();
  });

  it('is TIMEOUT when the server accepts the connection and is silent', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await causeAt(`http://127.0.0.1:${port}`, 60)).toBe('TIMEOUT');
    server.close();
  });

  it.each([
    ['with a length', { 'content-length': '100' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['compressed', { 'content-encoding': 'gzip' }],
  ])('is BROKEN_OFF when the answer ends in the middle (%s)', async (_, headers) => {
    await using upstream = await startUpstream((_, response) => {
      const start = gzipSync('{"ModelId":"model-a"}').subarray(0, 12);
      response.writeHead(200, headers).write(start, () => response.socket?.destroy());
    });
    expect(await causeAt(upstream.url)).toBe('BROKEN_OFF');
  });

  it('is TOO_LARGE when the answer has more bytes than are taken', async () => {
    await using upstream = await startUpstream((_, response) => {
      response.end(Buffer.alloc(8 * 1024 * 1024 + 1));
    });
    expect(await causeAt(upstream.url)).toBe('TOO_LARGE');
  });

  it('is OTHER for a cause without a word of its own, such as an answer that is not HTTP', async () => {
    await using upstream = await startUpstream(({ socket }) => socket.end('SSH-2.0-OpenSSH\r\n'));
    expect(await causeAt(upstream.url)).toBe('OTHER');
  });
});

describe('a kept connection', () => {
  /** The failure of the second request over one connection, which the server handles as it is told. */
  async function failureAtReuse(end: (socket: Socket) => void): Promise<NetworkError> {
    let requests = 0;
    await using upstream = await startUpstream(({ socket }, response) => {
      requests += 1;
      if (requests === 1) response.end('{}');
      else end(socket);
    });
    using transport = transportTo(upstream.url);
    await transport.send();
    const failure = await failureOf(transport.send());
    expect(upstream.sockets).toHaveLength(1);
    if (failure instanceof NetworkError) return failure;
    throw new Error('It should have failed on the wire.', { cause: failure });
  }

  it.each<[string, (socket: Socket) => void]>([
    ['is reset', (socket) => socket.resetAndDestroy()],
    ['is closed', (socket) => socket.destroy()],
  ])(
    'a kept connection that %s at its next use, before a byte of the answer, was stale',
    async (_, end) => {
      expect(await failureAtReuse(end)).toMatchObject({
        wireCause: 'RESET',
        isStaleConnection: true,
      });
    },
  );

  it('a kept connection that ends after the first bytes of an answer was not stale', async () => {
    const failure = await failureAtReuse((socket) =>
      socket.write('HTTP/1.1 200 O', () => socket.destroy()),
    );
    expect(failure).toMatchObject({ wireCause: 'RESET', isStaleConnection: false });
  });

  it('is not used by a request that asks for a new one', async () => {
    await using upstream = await startUpstream((_, response) => response.end('{}'));
    using transport = transportTo(upstream.url);
    await transport.send();
    await transport.send(undefined, { isNewConnection: true });
    expect(upstream.sockets).toHaveLength(2);
  });
});

test('the error of Node stays with the failure, without the request that got adds to it', async () => {
  const failure = await lostAt(`http://127.0.0.1:${await freePort()}`);
  expect(failure.cause).toMatchObject({ code: 'ECONNREFUSED' });
  expect(inspect(failure, { depth: 8 })).not.toMatch(/authorization|x-acs/i);
  expect(failure.message).toBe('The model registry could not be reached.');
});
