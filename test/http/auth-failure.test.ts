import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Denied } from '../../src/auth/authenticator.js';
import { sendAuthFailure } from '../../src/http/auth-failure.js';
import { type HttpServer, startHttpServer } from '../../src/http/server.js';

const challenge = 'ApiKey realm="a", Bearer realm="a"';
let server: HttpServer;
let denial: Denied;
beforeAll(async () => {
  const listener = (_: unknown, res: Parameters<typeof sendAuthFailure>[0]) =>
    sendAuthFailure(res, denial);
  server = await startHttpServer({ host: '127.0.0.1', port: 0, listener });
});
afterAll(() => server.drain(1000));

test.each([
  [401, 'UNAUTHENTICATED', 'This needs a valid credential.'],
  [403, 'FORBIDDEN', 'Forbidden: this credential has no access.'],
] as const)(
  'a denial of %i is a GraphQL error that says what would do',
  async (status, code, message) => {
    denial = { kind: 'denied', status, challenge, client: null };
    const response = await fetch(server.url);
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ errors: [{ message, extensions: { code } }] });
  },
);
