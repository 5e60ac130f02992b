// Every way in which PAI fails (docs of the upstream, section 4), and its outcome here.

import type { Fault } from '../../sandbox/sandbox.js';
import type { ErrorCode } from '../../src/domain/errors.js';

const apiError = (status: number, code: string, headers: Record<string, string> = {}): Fault => ({
  kind: 'error',
  status,
  code,
  headers,
});

/** Faults that another attempt can overcome; those with `slow` need an upstream time-out. */
export const TRANSIENT: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly code: ErrorCode;
  readonly slow?: true;
}[] = [
  {
    name: '500 InternalError',
    fault: apiError(500, 'InternalError'),
    code: 'UPSTREAM_UNAVAILABLE',
  },
  {
    name: '503 ServiceUnavailable',
    fault: apiError(503, 'ServiceUnavailable'),
    code: 'UPSTREAM_UNAVAILABLE',
  },
  {
    name: '429 with x-acs-retry-after: 300',
    fault: { kind: 'throttle', retryAfterMs: 300 },
    code: 'RATE_LIMITED',
  },
  {
    name: '400 Throttling',
    fault: { kind: 'throttle', status: 400, code: 'Throttling' },
    code: 'RATE_LIMITED',
  },
  {
    name: '400 Throttling.Api with x-acs-retry-after: 50',
    fault: { kind: 'throttle', status: 400, code: 'Throttling.Api', retryAfterMs: 50 },
    code: 'RATE_LIMITED',
  },
  {
    name: '503 Rejected.Throttling with x-acs-retry-after: 50',
    fault: apiError(503, 'Rejected.Throttling', { 'x-acs-retry-after': '50' }),
    code: 'RATE_LIMITED',
  },
  { name: 'a reset', fault: { kind: 'reset' }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'a cut body', fault: { kind: 'cut' }, code: 'UPSTREAM_UNAVAILABLE' },
  {
    name: 'a body cut before its first byte',
    fault: { kind: 'cut', afterBytes: 0 },
    code: 'UPSTREAM_UNAVAILABLE',
  },
  { name: 'half a JSON', fault: { kind: 'truncatedJson' }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'an HTML 502', fault: { kind: 'html' }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'an HTML 200', fault: { kind: 'html', status: 200 }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'an empty 200', fault: { kind: 'empty' }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'an empty 504', fault: { kind: 'empty', status: 504 }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'a body that is not JSON', fault: { kind: 'garbage' }, code: 'UPSTREAM_UNAVAILABLE' },
  { name: 'a time-out', fault: { kind: 'hang' }, code: 'UPSTREAM_TIMEOUT', slow: true },
  {
    name: 'a trickle',
    fault: { kind: 'trickle', everyMs: 100 },
    code: 'UPSTREAM_TIMEOUT',
    slow: true,
  },
];

/** Faults that another attempt cannot overcome. `code` null: the model does not exist. */
export const FINAL: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly code: ErrorCode | null;
}[] = [
  ...apiErrors('FORBIDDEN', [
    [403, 'NoPermission'],
    [403, 'Forbidden'],
    [403, 'Forbidden.RAM'],
    [404, '100700008'],
  ]),
  ...apiErrors(null, [
    [404, '201900002'],
    [404, '201900003'],
  ]),
  ...apiErrors('BAD_USER_INPUT', [
    [400, 'InvalidParameter'],
    [400, 'MissingParameter'],
    [400, 'MissingWorkspaceId'],
    [404, '100400027'],
  ]),
  ...apiErrors('UPSTREAM_REJECTED', [
    [400, 'SignatureDoesNotMatch'],
    [403, 'IncompleteSignature'],
    [400, 'SignatureNonceUsed'],
    [400, 'InvalidTimeStamp.Expired'],
    [400, 'IllegalTimestamp'],
    [404, 'InvalidAccessKeyId.NotFound'],
    [400, 'InvalidAccessKeyId.Inactive'],
    [400, 'InvalidSecurityToken.Expired'],
    [404, 'InvalidApi.NotFound'],
    [400, 'InvalidProtocol.NeedSsl'],
    [403, 'UnsupportedHTTPMethod'],
    [404, 'Whatever.Else'],
  ]),
  { name: 'a wrong shape', fault: { kind: 'wrongShape', body: {} }, code: 'UPSTREAM_INVALID' },
  {
    name: 'a list instead of an object',
    fault: { kind: 'wrongShape', body: [] },
    code: 'UPSTREAM_INVALID',
  },
  { name: 'null', fault: { kind: 'wrongShape', body: null }, code: 'UPSTREAM_INVALID' },
  { name: 'another id', fault: { kind: 'otherModel' }, code: 'UPSTREAM_INVALID' },
  { name: '9 MB', fault: { kind: 'oversize', bytes: 9 * 1024 * 1024 }, code: 'UPSTREAM_INVALID' },
];

function apiErrors(code: ErrorCode | null, rows: readonly [number, string][]) {
  return rows.map(([status, paiCode]) => ({
    name: `${status} ${paiCode}`,
    fault: apiError(status, paiCode),
    code,
  }));
}
