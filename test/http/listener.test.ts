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

async function understood(target: string): Promise<{ pathname: string; search: string }> {
  const { status, body } = await rawRequest(server.url, { target });
  expect(status).toBe(200);
  return JSON.parse(body);
}

describe('a request target', () => {
  test.each([
    ['/', { pathname: '/', search: '' }],
    ['/graphql', { pathname: '/graphql', search: '' }],
    ['/graphql?', { pathname: '/graphql', search: '?' }],
    ['/graphql?query=%7Ba%7D&x', { pathname: '/graphql', search: '?query=%7Ba%7D&x' }],
    ['/graphql?query={a}', { pathname: '/graphql', search: '?query={a}' }],
    [`/graphql?query={a(b:"c")}`, { pathname: '/graphql', search: `?query={a(b:"c")}` }],
    ['/graphql?a=1#part', { pathname: '/graphql', search: '?a=1' }],
    ['//name/path', { pathname: '//name/path', search: '' }],
    ['http://elsewhere/graphql?a', { pathname: '/graphql', search: '?a' }],
    ['/graphql/../metrics', { pathname: '/graphql/../metrics', search: '' }],
    ['/graphql/%2e%2e/metrics', { pathname: '/graphql/%2e%2e/metrics', search: '' }],
    ['/./graphql', { pathname: '/./graphql', search: '' }],
    ['/graphql\\..\\metrics', { pathname: '/graphql\\..\\metrics', search: '' }],
    ['http://[', { pathname: '', search: '' }],
    ['//[', { pathname: '//[', search: '' }],
  ])('%j', async (target, outcome) => expect(await understood(target)).toEqual(outcome));

  test('is a path as it was sent, and a query that means what URL reads in it', async () => {
    const piece = fc.constantFrom(
      ...['/', '?', '#', '.', '..', '%2e', '%', 'a', 'B', '_', '-', '{', '}', '"', "'", '<', '>'],
      ...['\\', '|', '^', '`', '~', '&', '=', ';', ':', '@', '+'],
    );
    const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);
    await fc.assert(
      fc.asyncProperty(target, async (text) => {
        const { pathname, search } = await understood(text);
        const [path] = text.split('?', 1);
        const [query = ''] = text.slice(path?.length).split('#', 1);
        expect([pathname, [...new URLSearchParams(search)]]).toEqual([
          path,
          [...new URL(`http://localhost/${query}`).searchParams],
        ]);
      }),
      { numRuns: 500 },
    );
  });
});
