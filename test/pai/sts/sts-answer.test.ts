// The results of STS's answers, without a socket.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/domain/errors.js';
import { readStsResponse } from '../../../src/pai/sts/token-exchange.js';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const CREDENTIALS = {
  AccessKeyId: 'STS.id',
  AccessKeySecret: 'the-secret',
  SecurityToken: 'CAIS+/=',
  Expiration: '2026-01-02T04:04:05Z',
};

function read(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readStsResponse({ status, headers, body: text }, NOW);
}

function failure(...given: Parameters<typeof read>): AppError {
  try {
    read(...given);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It should have been a failure.');
}

describe('an answer of STS', () => {
  it('gives the keys and when they expire', () => {
    expect(read(200, { RequestId: 'r-1', Credentials: CREDENTIALS })).toEqual({
      keys: {
        credentials: {
          accessKeyId: 'STS.id',
          accessKeySecret: 'the-secret',
          securityToken: 'CAIS+/=',
        },
        expiresAt: Date.parse('2026-01-02T04:04:05Z'),
      },
      upstreamRequestId: 'r-1',
    });
  });

  it.each([
    ['no object', []],
    ['no credentials', { RequestId: 'r-1' }],
    ['credentials that are none', { Credentials: 'STS.id' }],
    ['no secret', { Credentials: { ...CREDENTIALS, AccessKeySecret: undefined } }],
    ['an empty token', { Credentials: { ...CREDENTIALS, SecurityToken: '' } }],
    [
      'a token that is not a header value',
      { Credentials: { ...CREDENTIALS, SecurityToken: 'a\r\nb: c' } },
    ],
    ['an id that is a number', { Credentials: { ...CREDENTIALS, AccessKeyId: 7 } }],
    ['no expiration', { Credentials: { ...CREDENTIALS, Expiration: undefined } }],
    ['an odd expiration', { Credentials: { ...CREDENTIALS, Expiration: 'tomorrow' } }],
    ['no such day', { Credentials: { ...CREDENTIALS, Expiration: '2026-13-41T00:00:00Z' } }],
    ['keys that expired', { Credentials: { ...CREDENTIALS, Expiration: '2026-01-02T03:04:05Z' } }],
  ])('is invalid with %s', (_, body) => {
    expect(failure(200, body).code).toBe('UPSTREAM_INVALID');
  });

  it.each([
    [400, 'AuthenticationFail.OIDCToken.Invalid', 'FORBIDDEN'],
    [400, 'AuthenticationFail.OIDCToken.Expired', 'FORBIDDEN'],
    [403, 'AuthenticationFail.NoPermission', 'FORBIDDEN'],
    [403, 'NoPermission', 'FORBIDDEN'],
    [404, 'EntityNotExist.Role', 'FORBIDDEN'],
    [400, 'InvalidParameter.OIDCToken', 'FORBIDDEN'],
    [200, 'NoPermission', 'FORBIDDEN'],
    [404, 'EntityNotExist.OIDCProvider', 'UPSTREAM_REJECTED'],
    [400, 'InvalidParameter.RoleSessionName', 'UPSTREAM_REJECTED'],
    [400, 'MissingRoleArn', 'UPSTREAM_REJECTED'],
    [400, 'Throttling.User', 'RATE_LIMITED'],
    [429, 'Slow', 'RATE_LIMITED'],
    [503, 'ServiceUnavailable', 'UPSTREAM_UNAVAILABLE'],
    [500, 'Whatever', 'UPSTREAM_UNAVAILABLE'],
  ])('%i %s is %s', (status, Code, code) => {
    const failed = failure(status, { RequestId: 'r-2', Code, Message: 'Of STS.' });
    expect(failed.code).toBe(code);
    expect(failed.details).toMatchObject({ upstreamCode: Code, upstreamRequestId: 'r-2' });
    expect(failed.message).not.toContain('Of STS.');
  });

  it.each([
    ['an empty body', 200, ''],
    ['half a body', 200, '{"Credentials":{"Acc'],
    ['a proxy’s page', 502, '<html>'],
    ['a proxy’s refusal', 403, '<html>'],
  ])('is unavailable with %s', (_, status, body) => {
    expect(failure(status, body).code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('says when to come back', () => {
    const body = { Code: 'Throttling' };
    expect(failure(429, body, { 'x-acs-retry-after': '700' }).details.retryAfterMs).toBe(700);
  });

  it('throws only errors of the table, and never repeats the body', () => {
    const secret = 'secret-of-the-body';
    const text = fc.string().map((other) => `${other}${secret}`);
    const body = fc.oneof(
      fc.anything(),
      fc.record({ Credentials: fc.dictionary(fc.constantFrom(...Object.keys(CREDENTIALS)), text) }),
      fc.record({ Message: text, HostId: text }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), body, (status, value) => {
        const error = failure(status, JSON.stringify(value) ?? '');
        expect(String(error) + JSON.stringify(error)).not.toContain(secret);
      }),
    );
  });
});
