import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpError } from '../../src/http/http-error.js';
import { parseTarget } from '../../src/http/target.js';

/** The outcome, or the error. */
function parsed(target: string): unknown {
  try {
    return parseTarget(target);
  } catch (error) {
    if (error instanceof HttpError) return error.message;
    throw error;
  }
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
    [`/graphql?query={a(b:"c d")}`, { pathname: '/graphql', search: '?query={a(b:%22c%20d%22)}' }],
    ['/graphql?a=1#part', { pathname: '/graphql', search: '?a=1' }],
    ['//name/path', { pathname: '//name/path', search: '' }],
    ['http://elsewhere/graphql?a', { pathname: '/graphql', search: '?a' }],
    ['/graphql/../metrics', DETOUR],
    ['/graphql/%2e%2e/metrics', DETOUR],
    ['/./graphql', DETOUR],
    ['/graphql\\..\\metrics', DETOUR],
    ['*', NO_URL],
    ['graphql', NO_URL],
    ['', NO_URL],
  ])('%j', (target, outcome) => expect(parsed(target)).toEqual(outcome));

  test('with any contents is read as URL reads it, or refused', () => {
    const piece = fc.constantFrom(
      ...['/', '?', '#', '.', '..', '%2e', '%', 'a', 'B', '_', '-', '{', '}', '"', "'", '<', '>'],
      ...[' ', '\t', '\n', '\\', '|', '^', '`', '~', '&', '=', ';', ':', '@', '+', 'é', '\u0000'],
    );
    const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);
    fc.assert(
      fc.property(target, (text) => {
        const outcome = parsed(text);
        if (typeof outcome === 'string') return;
        const { pathname, search } = new URL(`http://localhost${text}`);
        expect(outcome).toEqual({ pathname, search });
      }),
      { numRuns: 2000 },
    );
  });
});
