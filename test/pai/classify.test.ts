// The meaning of each answer of PAI for a caller: one table over status, body and headers; no socket.
import { describe, expect, it, test } from 'vitest';
import type { AppError, ErrorCode } from '../../src/domain/errors.js';
import type { HttpResponse } from '../../src/net/http-client.js';
import { classifyResponse } from '../../src/pai/classify.js';

const hasShape = (body: { ModelId?: unknown }) => body.ModelId === 'model-a';

function read(status: number, body: unknown, headers: HttpResponse['headers'] = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return classifyResponse({ status, headers, body: text }, { isAnswer: hasShape });
}

/** PAI's text beside a Code, none of which may reach a caller. */
const LEAKS = {
  RequestId: '5A14FA81-DD4E-4A3B-9B1C-6343FE44B941',
  HostId: 'aiworkspace.cn-hangzhou.aliyuncs.com',
  Message: 'leak of a message of PAI',
  Recommend: 'https://api.aliyun.com/troubleshoot?q=leak',
  AccessDeniedDetail: { AuthPrincipalOwnerId: 'leak 1234567890123456' },
};

function failure(...args: Parameters<typeof read>): AppError {
  const answer = read(...args);
  if (answer.kind === 'failed') return answer.error;
  throw new Error(`It is ${answer.kind}.`);
}

describe('a Code of PAI', () => {
  it.each([
    [201900002, 404],
    [201900002, 400],
    [201900003, 404],
  ])('%s at %s is not found', (code, status) => {
    expect(read(status, { ...LEAKS, Code: String(code) })).toEqual({ kind: 'not_found' });
  });

  // A Code that came as a number was no Code at all.
  it.each([201900002, 201900003])('%s as a number is not found', (Code) => {
    expect(read(404, { ...LEAKS, Code })).toEqual({ kind: 'not_found' });
    expect(read(200, { RequestId: 'r', Code })).toEqual({ kind: 'not_found' });
  });

  // An empty `Code` hid the `code` beside it.
  it('a Code of PAI that is empty gives way to the other spelling', () => {
    const error = failure(400, { Code: '', code: 'ServiceUnavailable' });
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(error.details.upstreamCode).toBe('ServiceUnavailable');
  });

  const rows: readonly [code: string, status: number, ErrorCode, retryable: boolean][] = [
    ['100700008', 404, 'FORBIDDEN', false],
    ['NoPermission', 403, 'FORBIDDEN', false],
    ['Forbidden', 403, 'FORBIDDEN', false],
    ['Forbidden.RAM', 403, 'FORBIDDEN', false],
    // Only a dot was known after Forbidden.
    ['Forbidden_RAM', 403, 'FORBIDDEN', false],
    ['ForbiddenOperation', 403, 'FORBIDDEN', false],
    ['100400027', 404, 'BAD_USER_INPUT', false],
    ['100400008', 404, 'BAD_USER_INPUT', false],
    ['InvalidParameter', 400, 'BAD_USER_INPUT', false],
    ['InvalidPageSize', 400, 'BAD_USER_INPUT', false],
    ['InvalidVersionName', 400, 'BAD_USER_INPUT', false],
    ['MissingParameter', 400, 'BAD_USER_INPUT', false],
    ['MissingModelId', 400, 'BAD_USER_INPUT', false],
    ['Throttling', 400, 'RATE_LIMITED', true],
    ['Throttling', 429, 'RATE_LIMITED', true],
    ['Throttling.User', 400, 'RATE_LIMITED', true],
    ['Throttling.Api', 429, 'RATE_LIMITED', true],
    ['Rejected.Throttling', 503, 'RATE_LIMITED', true],
    ['Rejected.Throttling', 400, 'RATE_LIMITED', true],
    ['ServiceUnavailable', 503, 'UPSTREAM_UNAVAILABLE', true],
    ['ServiceUnavailable', 400, 'UPSTREAM_UNAVAILABLE', true],
    ['InternalError', 500, 'UPSTREAM_UNAVAILABLE', true],
    ['InternalServerErrorProblem', 500, 'UPSTREAM_UNAVAILABLE', true],
    ['Unheard.Of', 502, 'UPSTREAM_UNAVAILABLE', true],
    ['InvalidTimeStamp.Expired', 400, 'UPSTREAM_REJECTED', false],
    ['InvalidTimeStamp.Format', 400, 'UPSTREAM_REJECTED', false],
    ['IllegalTimestamp', 400, 'UPSTREAM_REJECTED', false],
    ['SignatureNonceUsed', 400, 'UPSTREAM_REJECTED', false],
    ['SignatureDoesNotMatch', 400, 'UPSTREAM_REJECTED', false],
    ['SignatureDoesNotMatch', 403, 'UPSTREAM_REJECTED', false],
    ['IncompleteSignature', 400, 'UPSTREAM_REJECTED', false],
    ['InvalidAccessKeyId.NotFound', 404, 'UPSTREAM_REJECTED', false],
    ['InvalidAccessKeyId.NotFound', 400, 'UPSTREAM_REJECTED', false],
    ['InvalidAccessKeyId.Inactive', 400, 'UPSTREAM_REJECTED', false],
    ['MissingAccessKeyId', 400, 'UPSTREAM_REJECTED', false],
    ['InvalidSecurityToken.Expired', 400, 'UPSTREAM_REJECTED', false],
    ['MissingSecurityToken', 400, 'UPSTREAM_REJECTED', false],
    ['InvalidApi.NotFound', 404, 'UPSTREAM_REJECTED', false],
    ['InvalidProduct.NotFound', 404, 'UPSTREAM_REJECTED', false],
    ['InvalidProtocol.NeedSsl', 400, 'UPSTREAM_REJECTED', false],
    ['UnsupportedHTTPMethod', 400, 'UPSTREAM_REJECTED', false],
    ['UnsupportedHTTPMethod', 403, 'UPSTREAM_REJECTED', false],
    ['100600006', 404, 'UPSTREAM_REJECTED', false],
    ['Unheard.Of', 400, 'UPSTREAM_REJECTED', false],
    ['Unheard.Of', 404, 'UPSTREAM_REJECTED', false],
  ];

  it.each(rows)('%s at %s is %s, retryable: %s', (Code, status, code, retryable) => {
    const error = failure(status, { ...LEAKS, Code });
    expect(error).toMatchObject({ code, retryable });
    expect(error.details).toMatchObject({
      upstreamCode: Code,
      upstreamRequestId: LEAKS.RequestId,
      retryAfterMs: undefined,
    });
    const told = `${error.message} ${JSON.stringify(error)} ${error.stack}`;
    expect(told).not.toMatch(/leak|aliyun|1234567890123456/);
  });

  it.each(rows)('%s at %s counts the same inside a 200', (Code, status, code, retryable) => {
    // Where the status decides, 200 says no more than that the Code is unknown.
    const decidedByStatus = status >= 500 && code !== failure(400, { Code }).code;
    const expected = decidedByStatus ? ['UPSTREAM_REJECTED', false] : [code, retryable];
    const error = failure(200, { ...LEAKS, Code });
    expect([error.code, error.retryable]).toEqual(expected);
  });

  it('201900002 inside a 200 is not found', () => {
    expect(read(200, { RequestId: 'r', Code: '201900002' })).toEqual({ kind: 'not_found' });
  });

  it('is heard in lower case too, with message and requestId', () => {
    const body = { code: 'Throttling.User', message: 'leak', requestId: 'r-2' };
    for (const status of [400, 200]) {
      const error = failure(status, body);
      expect(error.code).toBe('RATE_LIMITED');
      expect(error.details).toMatchObject({ upstreamRequestId: 'r-2' });
    }
    const refused = { code: '100700009', message: 'No permission: denied' };
    expect(failure(404, refused).code).toBe('FORBIDDEN');
  });

  it('a Code of PAI that is not known gives way to a message that begins with "No permission"', () => {
    const Message = 'No permission: denied by RAM and AIWorkspace Rbac PaiModel:GetModel';
    const error = failure(404, { ...LEAKS, Code: '100700099', Message });
    expect(error).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    expect(error.message).not.toContain('Rbac');
    const known = failure(400, { Code: 'SignatureDoesNotMatch', Message });
    expect(known.code).toBe('UPSTREAM_REJECTED');
  });

  it('100400027 is reported as a wrong argument', () => {
    expect(failure(404, { Code: '100400027' }).message).toMatch(/^workspaceId: /);
  });
});

describe('the time to wait', () => {
  const date = 'Fri, 02 Jan 2026 03:04:05 GMT';
  it.each([
    [{ 'x-acs-retry-after': '300' }, 300],
    [{ 'x-acs-retry-after': '300', 'retry-after': '9' }, 300],
    [{ 'x-acs-retry-after': '0', 'retry-after': '9' }, 9000],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:35 GMT', date }, 30_000],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:00 GMT', date }, undefined],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:35 GMT' }, undefined],
    [{ 'retry-after': '0' }, undefined],
    [{ 'retry-after': 'soon', date }, undefined],
    [{ 'x-acs-retry-after': '-5' }, undefined],
    [{ 'x-acs-retry-after': 'soon' }, undefined],
    [{}, undefined],
  ] as const)('the time to wait of %o is %s ms', (headers, expected) => {
    for (const status of [400, 429]) {
      const error = failure(status, { Code: 'Throttling.User' }, headers);
      expect(error.details.retryAfterMs).toBe(expected);
    }
  });

  it('is reported of an unavailable service too', () => {
    const error = failure(503, { Code: 'ServiceUnavailable' }, { 'retry-after': '1' });
    expect(error.details.retryAfterMs).toBe(1000);
  });
});

describe('an answer without a Code', () => {
  const html = '<html><body>502 leak</body></html>';
  it.each<[string, number, unknown, ErrorCode]>([
    ['HTML', 502, html, 'UPSTREAM_UNAVAILABLE'],
    ['HTML', 404, html, 'UPSTREAM_UNAVAILABLE'],
    ['HTML', 200, html, 'UPSTREAM_UNAVAILABLE'],
    ['an empty body', 200, '', 'UPSTREAM_UNAVAILABLE'],
    ['an empty body', 204, '', 'UPSTREAM_UNAVAILABLE'],
    ['an empty body', 302, '', 'UPSTREAM_UNAVAILABLE'],
    ['an empty body', 404, '', 'UPSTREAM_UNAVAILABLE'],
    ['an empty body', 503, '', 'UPSTREAM_UNAVAILABLE'],
    ['truncated JSON', 200, '{"ModelId":"mod', 'UPSTREAM_UNAVAILABLE'],
    ['an empty object', 503, {}, 'UPSTREAM_UNAVAILABLE'],
    ['an empty object', 404, {}, 'UPSTREAM_REJECTED'],
    ['an empty object', 429, {}, 'RATE_LIMITED'],
    ['HTML', 429, html, 'RATE_LIMITED'],
    ['an empty object', 200, {}, 'UPSTREAM_INVALID'],
    ['another id', 200, { ModelId: 'model-b' }, 'UPSTREAM_INVALID'],
    ['an array', 200, [{ ModelId: 'model-a' }], 'UPSTREAM_INVALID'],
    ['a number', 200, 5, 'UPSTREAM_INVALID'],
    ['null', 200, null, 'UPSTREAM_INVALID'],
    ['a text', 200, '"model-a"', 'UPSTREAM_INVALID'],
  ])('%s at %s %j is %s', (_, status, body, code) => {
    const error = failure(status, body);
    expect(error.code).toBe(code);
    const healing = code === 'RATE_LIMITED' || code === 'UPSTREAM_UNAVAILABLE';
    expect(error.retryable).toBe(healing);
    expect(error.message).not.toMatch(/leak|html|model-/);
  });
});

// One caller's over-long arguments counted as an illness of PAI and were tried again.
describe('a request that is too long for the gateway', () => {
  it.each([413, 414, 431])('with %s and an empty body is the caller’s, once', (status) => {
    expect(failure(status, '')).toMatchObject({
      code: 'BAD_USER_INPUT',
      retryable: false,
      message: 'The arguments are too long for the model registry.',
    });
  });

  it.each([413, 414, 431])('with %s and an HTML page is the caller’s too', (status) => {
    const error = failure(status, '<html>leak</html>');
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
    expect(error.message).not.toMatch(/leak|html|undefined/);
  });
});

// A deeper value parses, but cannot be written again, and failed the whole response.
describe('an answer nested deep', () => {
  /** JSON text of so many objects, one in the other. */
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const modelWith = (depth: number) => `{"ModelId":"model-a","Deep":${nested(depth)}}`;

  it('is good with 400 levels', () => {
    expect(read(200, modelWith(400))).toMatchObject({ kind: 'found' });
  });

  it.each([501, 3000])('is invalid with %s levels', (depth) => {
    const error = failure(200, modelWith(depth));
    expect(error).toMatchObject({ code: 'UPSTREAM_INVALID', retryable: false });
  });

  it('is invalid with lists as well', () => {
    const lists = `${'['.repeat(600)}${']'.repeat(600)}`;
    expect(failure(200, `{"ModelId":"model-a","Deep":${lists}}`).code).toBe('UPSTREAM_INVALID');
  });
});

describe('an answer of the right shape', () => {
  // JSON.parse refuses a byte order mark, and the answer counted as garbage.
  it('is read behind a byte order mark', () => {
    const answer = read(200, '\ufeff{"ModelId":"model-a"}');
    expect(answer).toMatchObject({ kind: 'found', body: { ModelId: 'model-a' } });
    expect(read(404, '\ufeff{"Code":"201900002"}')).toEqual({ kind: 'not_found' });
  });

  it('is the body with its request id', () => {
    const body = { RequestId: 'r-1', ModelId: 'model-a' };
    expect(read(200, body)).toEqual({ kind: 'found', body, upstreamRequestId: 'r-1' });
  });

  it('is good although it has a key that is named Code', () => {
    expect(read(200, { ModelId: 'model-a', Code: 'Throttling' })).toMatchObject({ kind: 'found' });
  });

  it('is not an answer when its status is not of success', () => {
    expect(failure(500, { ModelId: 'model-a' }).code).toBe('UPSTREAM_UNAVAILABLE');
  });
});

describe('the request id', () => {
  const header = { 'x-acs-request-id': 'r-header' };
  test('is that of the body, or else of the header', () => {
    expect(failure(503, { RequestId: 'r-body' }, header).details.upstreamRequestId).toBe('r-body');
    expect(failure(503, '', header).details.upstreamRequestId).toBe('r-header');
    expect(failure(200, '', header).details.upstreamRequestId).toBe('r-header');
    expect(failure(200, [], header).details.upstreamRequestId).toBe('r-header');
    expect(failure(503, '').details.upstreamRequestId).toBeUndefined();
  });

  // Some answers write it in lower case throughout.
  test('is heard as `requestid` too', () => {
    const answer = failure(503, { requestid: 'r-lower' }, header);
    expect(answer.details.upstreamRequestId).toBe('r-lower');
  });

  test('is masked as in the documentation, or else not taken from the body', () => {
    const masked = '5A14FA81-DD4E-******-6343FE44B941';
    expect(failure(503, { RequestId: masked }).details.upstreamRequestId).toBe(masked);
    for (const RequestId of ['', 5, null, 'http://leak', 'a b', 'r\n', 'r'.repeat(65)]) {
      expect(failure(503, { RequestId }, header).details.upstreamRequestId).toBe('r-header');
    }
  });
});
