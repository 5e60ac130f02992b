import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createListener } from '../../src/http/listener.js';
import type { Route } from '../../src/http/route.js';
import { sendJson } from '../../src/http/send-response.js';
import { type OpenServer, openServer } from './open-server.js';
import { rawRequest } from './raw-request.js';

/** Answers at any path with the target as the listener has understood it. */
class AnyPath extends Map<string, Route> {
  override get(pathname: string): Route {
    return {
      methods: ['GET'],
      isOpen: true,
      handle: async (request) => sendJson(request, 200, { pathname, search: request.search }),
    };
  }
}

let server: OpenServer;
beforeAll(async () => {
  const listener = createListener({
    routes: new AnyPath(),
    corsOrigins: [],
    loopbackOnly: false,
    report: () => {},
    accessControl: { authenticate: () => Promise.reject(new Error('Every route is open.')) },
  });
  server = await openServer({ listener });
});
afterAll(() => server[Symbol.asyncDispose]());

/** The path and the query, or the message of the error. */
async function understood(target: string): Promise<unknown> {
  const { status, body } = await rawRequest(server.url, { target });
  const answer = JSON.parse(body);
  if (status === 200) return answer;
  expect([status, answer.errors[0].extensions]).toEqual([400, { code: 'BAD_REQUEST' }]);
  return answer.errors[0].message;
}

const DETOUR = 'The request target must be a path without detours.';
const NO_URL = 'The request target is not a URL.';

describe('a request target', () => {
  test.each([
    ['/', { pathname: '/', search: '' }],
    ['/graphql', { pathname: '/graphql', search: '' }],
    ['/graphql?', { pathname: '/graphql', search: '' }],
    ['/graphql?query=%7Ba%7D&x', { pathname: '/graphql', search: '?query=%7Ba%7D&x' }],
    ['/graphql?query={a}', { pathname: '/graphql', search: '?query={a}' }],
    [`/graphql?query={a(b:"c")}`, { pathname: '/graphql', search: '?query={a(b:%22c%22)}' }],
    ['/graphql?a=1#part', { pathname: '/graphql', search: '?a=1' }],
    ['//name/path', { pathname: '//name/path', search: '' }],
    ['http://elsewhere/graphql?a', { pathname: '/graphql', search: '?a' }],
    ['/graphql/../metrics', DETOUR],
    ['/graphql/%2e%2e/metrics', DETOUR],
    ['/./graphql', DETOUR],
    ['/graphql\\..\\metrics', DETOUR],
    ['http://[', NO_URL],
    ['//[', { pathname: '//[', search: '' }],
  ])('%j', async (target, outcome) => expect(await understood(target)).toEqual(outcome));

  test('with any contents is read as URL reads it, or refused', async () => {
    const piece = fc.constantFrom(
      ...['/', '?', '#', '.', '..', '%2e', '%', 'a', 'B', '_', '-', '{', '}', '"', "'", '<', '>'],
      ...['\\', '|', '^', '`', '~', '&', '=', ';', ':', '@', '+'],
    );
    const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);
    await fc.assert(
      fc.asyncProperty(target, async (text) => {
        const outcome = await understood(text);
        if (typeof outcome === 'string') return;
        const { pathname, search } = new URL(`http://localhost${text}`);
        expect(outcome).toEqual({ pathname, search });
      }),
      { numRuns: 500 },
    );
  });
});
