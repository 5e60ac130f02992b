import { describe, expect, test } from 'vitest';
import { type RawRequest, rawRequest } from '../http/raw-request.js';
import { startTestApp } from '../support/with-app.js';

async function ask(env: Record<string, string>, options: RawRequest) {
  const app = await startTestApp(env);
  try {
    return await rawRequest(app.url, options);
  } finally {
    await app.close();
  }
}

const GOOD = 'https://app.example.com';
const OTHER = 'http://localhost:3000';
const LISTED = { CORS_ORIGINS: `${GOOD}, ${OTHER}` };

const preflight = (Origin: string): RawRequest => ({
  method: 'OPTIONS',
  target: '/graphql',
  headers: {
    Origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type,x-request-id',
  },
});

const corsHeaders = (headers: object) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('without CORS_ORIGINS', () => {
  test('no origin is told that it may read', async () => {
    const { status, headers } = await ask({}, { target: '/readyz', headers: { Origin: GOOD } });
    expect(status).toBe(200);
    expect(corsHeaders(headers)).toEqual([]);
  });

  test('a preflight is refused', async () => {
    const { status, headers } = await ask({}, preflight(GOOD));
    expect(status).toBe(405);
    expect(corsHeaders(headers)).toEqual([]);
  });
});

describe('with CORS_ORIGINS', () => {
  test('each listed origin may read, and caches keep origins apart', async () => {
    for (const Origin of [GOOD, OTHER]) {
      const { headers } = await ask(LISTED, { target: '/readyz', headers: { Origin } });
      expect(headers['access-control-allow-origin']).toBe(Origin);
      expect(headers['access-control-expose-headers']).toBe(
        'X-Request-Id,X-Upstream-Calls,ETag,Retry-After,WWW-Authenticate',
      );
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      expect(headers.vary).toBe('Origin');
    }
  });

  test('the preflight of a listed origin is answered', async () => {
    const { status, headers } = await ask(LISTED, preflight(GOOD));
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(GOOD);
    expect(headers['access-control-allow-methods']).toBe('GET,POST');
    expect(headers['access-control-allow-headers']).toBe('content-type,x-request-id');
    expect(headers['access-control-max-age']).toBe('600');
  });

  test('no other origin may read, be it near or "null"', async () => {
    const others = [
      'https://evil.example',
      'http://app.example.com',
      'https://app.example.com.evil.example',
      'https://app.example.com:8443',
      'null',
    ];
    for (const Origin of others) {
      const read = await ask(LISTED, { target: '/readyz', headers: { Origin } });
      expect(read.headers['access-control-allow-origin']).toBeUndefined();
      expect(read.headers.vary).toBe('Origin');
      const asked = await ask(LISTED, preflight(Origin));
      expect(asked.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('the playground still keeps compressed and plain apart', async () => {
    const { headers } = await ask(LISTED, { target: '/', headers: { Origin: GOOD } });
    expect(headers.vary).toMatch(/Origin/);
    expect(headers.vary).toMatch(/Accept-Encoding/);
  });

  test('a response has one Vary, which names all that it depends on', async () => {
    const headers = { Origin: GOOD, 'apollo-require-preflight': '1' };
    const { rawHeaders } = await ask(LISTED, { target: '/graphql?query={__typename}', headers });
    const names = rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names.filter((name) => name.toLowerCase() === 'vary')).toHaveLength(1);
  });
});
