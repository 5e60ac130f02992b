// One attempt over a real socket: connections, deadlines, limits, and the errors of failures.
import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { constants, createBrotliCompress, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { CredentialSource } from '../../src/domain/credentials.js';
import { AppError, type ErrorCode } from '../../src/domain/errors.js';
import { staticCredentials } from '../../src/pai/credentials.js';
import { failureOf, startUpstream, transportTo, until } from './upstream.js';

const MEGABYTE = 1024 * 1024;
const deadline = new AppError('UPSTREAM_TIMEOUT', 'The deadline of the operation is over.');

describe('an attempt', () => {
  it('gives status, headers and body, for any status', async () => {
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(418, { 'x-acs-request-id': 'r-1' }).end('情感');
    });
    using transport = transportTo(upstream.url);
    const { status, headers, body } = await transport.send();
    expect([status, headers['x-acs-request-id'], body]).toEqual([418, 'r-1', '情感']);
  });

  it('joins characters that were cut between two packets', async () => {
    const [first, ...rest] = Buffer.from('型');
    await using upstream = await startUpstream((_, response) => {
      response.write(Buffer.of(first ?? 0));
      setTimeout(() => response.end(Buffer.from(rest)), 20);
    });
    using transport = transportTo(upstream.url);
    expect((await transport.send()).body).toBe('型');
  });

  it('reads compressed answers', async () => {
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
    });
    using transport = transportTo(upstream.url);
    expect((await transport.send()).body).toBe('{"a":1}');
  });

  it('asks the host of the base URL for the path of the request, signed', async () => {
    const seen: (string | undefined)[] = [];
    await using upstream = await startUpstream(({ method, url, headers }, response) => {
      seen.push(method, url, headers.host, headers.authorization);
      response.end();
    });
    using transport = transportTo(upstream.url);
    await transport.send();
    const { host } = new URL(upstream.url);
    const signed = expect.stringMatching(/^ACS3-HMAC-SHA256 Credential=id,/);
    expect(seen).toEqual(['GET', '/api/v1/models/model-a', host, signed]);
  });

  it('does not follow a redirect', async () => {
    const paths: (string | undefined)[] = [];
    await using upstream = await startUpstream(({ url }, response) => {
      paths.push(url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    using transport = transportTo(upstream.url);
    expect((await transport.send()).status).toBe(302);
    expect(paths).toEqual(['/api/v1/models/model-a']);
  });

  it('happens once, also when it fails', async () => {
    let count = 0;
    await using upstream = await startUpstream(({ socket }, response) => {
      count += 1;
      if (count === 1) response.writeHead(503).end();
      else socket.destroy();
    });
    using transport = transportTo(upstream.url);
    await transport.send();
    await failureOf(transport.send());
    await pause(50);
    expect(count).toBe(2);
  });
});

describe('attempts in a row', () => {
  it('share one connection', async () => {
    await using upstream = await startUpstream((_, response) => response.end('{}'));
    using transport = transportTo(upstream.url);
    for (let count = 0; count < 5; count += 1) await transport.send();
    expect(upstream.sockets).toHaveLength(1);
  });

  it('have a new nonce each', async () => {
    const nonces: unknown[] = [];
    await using upstream = await startUpstream(({ headers }, response) => {
      nonces.push(headers['x-acs-signature-nonce']);
      response.end();
    });
    using transport = transportTo(upstream.url);
    for (let count = 0; count < 5; count += 1) await transport.send();
    expect(new Set(nonces).size).toBe(5);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{32}$/);
  });

  it('are dated and numbered by the clock and the source that were handed in', async () => {
    const stamps: unknown[] = [];
    await using upstream = await startUpstream(({ headers }, response) => {
      stamps.push([headers['x-acs-date'], headers['x-acs-signature-nonce']]);
      response.end();
    });
    let ticks = 0;
    const now = () => Date.UTC(2026, 0, 2, 3, 4, ticks);
    using transport = transportTo(upstream.url, { now, nonce: () => `n${++ticks}` });
    await transport.send();
    await transport.send();
    expect(stamps).toEqual([
      ['2026-01-02T03:04:00Z', 'n1'],
      ['2026-01-02T03:04:01Z', 'n2'],
    ]);
  });

  it('open no more connections at once than allowed', async () => {
    await using upstream = await startUpstream((_, response) => {
      setTimeout(() => response.end(), 5);
    });
    using transport = transportTo(upstream.url, { maxSockets: 2 });
    await Promise.all(Array.from({ length: 12 }, () => transport.send()));
    expect(upstream.sockets).toHaveLength(2);
  });
});

describe('an aborted signal', () => {
  it.each([
    ['before the answer', ''],
    ['in the middle of the body', '{"half":'],
  ])('ends the attempt %s, with its own reason, and upstream sees it', async (_, half) => {
    let arrived = false;
    let left = false;
    await using upstream = await startUpstream((_, response) => {
      if (half !== '') response.write(half);
      response.once('close', () => {
        left = true;
      });
      arrived = true;
    });
    using transport = transportTo(upstream.url);
    const caller = new AbortController();
    const attempt = failureOf(transport.send(caller.signal));
    await until(() => arrived);
    await pause(20);
    const startedAt = performance.now();
    caller.abort(deadline);
    expect(await attempt).toBe(deadline);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await until(() => left);
  });

  it('lets nothing be sent, nor credentials be asked for, when it came first', async () => {
    await using upstream = await startUpstream((_, response) => response.end());
    const get = vi.fn(async () => ({ accessKeyId: 'id', accessKeySecret: 'secret' }));
    const credentials: CredentialSource = {
      ...staticCredentials({ accessKeyId: 'id', accessKeySecret: 'secret' }),
      get,
    };
    using transport = transportTo(upstream.url, { credentials });
    expect(await failureOf(transport.send(AbortSignal.abort(deadline)))).toBe(deadline);
    expect(get).not.toHaveBeenCalled();
    expect(upstream.sockets).toHaveLength(0);
  });

  it.each(['plain', 'compressed'])(
    'does nothing to an attempt that has its answer (%s)',
    async (kind) => {
      await using upstream = await startUpstream((_, response) => {
        if (kind === 'compressed') response.setHeader('content-encoding', 'gzip');
        response.end(kind === 'compressed' ? gzipSync('{}') : '{}');
      });
      using transport = transportTo(upstream.url);
      const caller = new AbortController();
      expect((await transport.send(caller.signal)).body).toBe('{}');
      // Else an abort would be an uncaught exception, which would end the whole program.
      expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
      caller.abort(deadline);
      await transport.send();
      expect(upstream.sockets).toHaveLength(1);
    },
  );

  it('leaves a source of credentials that hangs', async () => {
    await using upstream = await startUpstream((_, response) => response.end());
    const credentials: CredentialSource = {
      get: () => new Promise(() => {}),
      current: () => null,
      refresh: () => false,
      status: () => 'unknown',
    };
    using transport = transportTo(upstream.url, { credentials });
    const caller = new AbortController();
    const attempt = failureOf(transport.send(caller.signal));
    caller.abort(deadline);
    expect(await attempt).toBe(deadline);
    expect(upstream.sockets).toHaveLength(0);
  });

  it('frees the connection for the next attempt when all are taken', async () => {
    let answering = false;
    await using upstream = await startUpstream((_, response) => {
      if (answering) response.end('{}');
    });
    using transport = transportTo(upstream.url, { maxSockets: 1 });
    const caller = new AbortController();
    const hanging = failureOf(transport.send(caller.signal));
    await until(() => upstream.sockets.length === 1);
    answering = true;
    const next = transport.send();
    caller.abort(deadline);
    await hanging;
    expect((await next).body).toBe('{}');
  });
});

describe('the timeout of an attempt', () => {
  it('ends one that is never answered, and upstream sees it', async () => {
    let left = false;
    await using upstream = await startUpstream((_, response) => {
      response.once('close', () => {
        left = true;
      });
    });
    using transport = transportTo(upstream.url, { timeoutMs: 60 });
    await expectFailure(transport.send(), 'UPSTREAM_TIMEOUT');
    await until(() => left);
  });

  it('counts the body too, however steadily it trickles', async () => {
    await using upstream = await startUpstream((_, response) => {
      const timer = setInterval(() => response.write(' '), 5);
      response.once('close', () => clearInterval(timer));
    });
    using transport = transportTo(upstream.url, { timeoutMs: 80 });
    const startedAt = performance.now();
    await expectFailure(transport.send(), 'UPSTREAM_TIMEOUT');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('a lost connection', () => {
  it('is unavailable when it is reset before the answer', async () => {
    await using upstream = await startUpstream(({ socket }) => socket.resetAndDestroy());
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_UNAVAILABLE');
  });

  it.each([
    ['with a length', { 'content-length': '100' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['compressed', { 'content-encoding': 'gzip' }],
  ])('is unavailable when the body is cut (%s)', async (_, headers) => {
    await using upstream = await startUpstream((_, response) => {
      const start = gzipSync('{"ModelId":"model-a"}').subarray(0, 12);
      response.writeHead(200, headers).write(start, () => response.socket?.destroy());
    });
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_UNAVAILABLE');
  });

  it('is unavailable when no program listens', async () => {
    const upstream = await startUpstream((_, response) => response.end());
    await upstream[Symbol.asyncDispose]();
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_UNAVAILABLE');
  });

  it('is unavailable when the answer is not HTTP', async () => {
    await using upstream = await startUpstream(({ socket }) => socket.end('SSH-2.0-OpenSSH\r\n'));
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_UNAVAILABLE');
  });

  it('is unavailable when a compressed body is corrupt', async () => {
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip');
    });
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_UNAVAILABLE');
  });
});

describe('a body', () => {
  it('a body of exactly 8 MB is read', async () => {
    await using upstream = await startUpstream((_, response) => {
      response.end(Buffer.alloc(8 * MEGABYTE, 'x'));
    });
    using transport = transportTo(upstream.url);
    expect((await transport.send()).body).toHaveLength(8 * MEGABYTE);
  });

  it('a body of one byte more is refused, and the rest of it is not read', async () => {
    let closed = false;
    await using upstream = await startUpstream((_, response) => {
      response.once('close', () => {
        closed = true;
      });
      response.write(Buffer.alloc(8 * MEGABYTE + 1, 'x'));
    });
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_INVALID');
    await until(() => closed);
  });

  it('a body that is small but inflates beyond 8 MB is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MEGABYTE));
    expect(bomb.length).toBeLessThan(MEGABYTE);
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_INVALID');
  });

  // A kilobyte that arrives whole needs no connection any more: it went on to the end of the process.
  it('is not inflated any further once it is refused', async () => {
    const bomb = await brotliBomb(512);
    expect(bomb.length).toBeLessThan(2000);
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(200, { 'content-encoding': 'br' }).end(bomb);
    });
    using transport = transportTo(upstream.url);
    await expectFailure(transport.send(), 'UPSTREAM_INVALID');
    const before = process.memoryUsage().arrayBuffers;
    await pause(500);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * MEGABYTE);
  });
});

/** Of one repeated block, so that the inflated bytes are never in memory. */
function brotliBomb(megabytes: number): Promise<Buffer> {
  const block = Buffer.alloc(MEGABYTE);
  const blocks = Readable.from(Array.from({ length: megabytes }, () => block));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
  return buffer(blocks.pipe(createBrotliCompress({ params })));
}

/** Also checks that the error tells neither where the registry is nor how it was lost. */
async function expectFailure(attempt: Promise<unknown>, code: ErrorCode): Promise<void> {
  const failure = await failureOf(attempt);
  expect(failure).toMatchObject({ code, retryable: code !== 'UPSTREAM_INVALID' });
  expect(failure.message + JSON.stringify(failure)).not.toMatch(/127\.0|\d{4}|http|ECONN|EPIPE/);
}
