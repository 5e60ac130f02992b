// The rules of HTTPS_PROXY and NO_PROXY, and a proxy that fails.
import { describe, expect, test } from 'vitest';
import { createHttpClient, NetworkError } from '../../src/net/http-client.js';
import { proxyFor } from '../../src/net/proxy.js';
import { freePort } from '../support/free-port.js';
import { startProxy } from '../support/proxy.js';
import { untilTrue } from '../support/redis-process.js';

const HTTPS = 'http://proxy.example.com:3128';
const isProxied = (url: string, ...except: string[]) =>
  proxyFor(new URL(url), { https: HTTPS, except }) === HTTPS;

describe('the rules of a proxy', () => {
  test('without a proxy, and for plain http, requests go directly', () => {
    expect(proxyFor(new URL('https://pai.example.com'), null)).toBeNull();
    expect(isProxied('http://pai.example.com')).toBe(false);
    expect(isProxied('https://pai.example.com')).toBe(true);
  });

  test.each(['localhost', '127.0.0.1', '127.8.9.10', '[::1]', '100.100.100.200'])(
    'the loopback and the metadata service are never reached through a proxy: %s',
    (host) => {
      expect(isProxied(`https://${host}:8443/`)).toBe(false);
    },
  );

  test.each([
    ['*', 'https://pai.example.com', true],
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://pai.example.com', true],
    ['example.com', 'https://notexample.com', false],
    ['.example.com', 'https://pai.example.com', true],
    ['*.example.com', 'https://pai.example.com', true],
    ['EXAMPLE.com', 'https://pai.Example.com', true],
    ['pai.example.com', 'https://example.com', false],
    ['example.com:8443', 'https://example.com:8443', true],
    ['example.com:8443', 'https://example.com', false],
    ['example.com:443', 'https://example.com', true],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['1.2.3', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://pai.example.com', false],
    ['2001:db8::/32', 'https://[2001:db8::5]', true],
    ['2001:db8::5', 'https://[2001:db8::5]', true],
    ['[2001:db8::5]:8443', 'https://[2001:db8::5]:8443', true],
    ['[2001:db8::5]:8443', 'https://[2001:db8::5]', false],
  ])('NO_PROXY=%s and %s: directly is %s', (entry, url, isDirect) => {
    expect(isProxied(url, 'other.example.org', entry)).toBe(!isDirect);
  });
});

describe('a proxy that fails', () => {
  const clientOf = (port: number, timeoutMs = 5000) =>
    createHttpClient({
      ...{ serverName: 'registry', maxMegabytes: 1, timeoutMs, maxSockets: 2 },
      proxy: { https: `http://127.0.0.1:${port}`, except: [] },
    });
  const failureOf = async (port: number, timeoutMs?: number) => {
    const client = clientOf(port, timeoutMs);
    const error = await client.send({ url: 'https://pai.example.com/' }).catch((one) => one);
    client.close();
    return error instanceof NetworkError ? [error.code, error.wireCause] : error;
  };

  test('a proxy that refuses, breaks off or is not there has a cause of its own', async () => {
    await using refusing = await startProxy({ route: () => 403 });
    expect(await failureOf(refusing.port)).toEqual(['UPSTREAM_UNAVAILABLE', 'PROXY']);
    expect(await failureOf(await freePort())).toEqual(['UPSTREAM_UNAVAILABLE', 'PROXY']);
  });

  test('a proxy that never connects costs one timeout, holds no socket after it, and is used when it works again', async () => {
    let isHanging = true;
    await using proxy = await startProxy({ route: () => (isHanging ? null : 502) });
    const client = clientOf(proxy.port, 200);
    const send = () => client.send({ url: 'https://pai.example.com/' }).catch((one) => one);
    const failures = await Promise.all(Array.from({ length: 6 }, send));
    for (const failure of failures) expect(failure.code).toBe('UPSTREAM_TIMEOUT');
    await untilTrue(() => proxy.connections() === 0);
    isHanging = false;
    expect(await send()).toMatchObject({ wireCause: 'PROXY' });
    client.close();
  });
});
