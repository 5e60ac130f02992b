// Converts an HTTP answer of STS to temporary keys or to a failure: the only file that knows STS's names. Pure.

import type { Credentials } from '../../domain/credentials.js';
import { AppError, type ErrorCode, type ErrorDetails } from '../../domain/errors.js';
import { parseJson } from '../../domain/json.js';
import { isJsonObject, type JsonObject } from '../../domain/model.js';
import { requestIdOf, retryAfterMs, upstreamCodeOf } from '../failure.js';
import type { WholeResponse } from '../whole-response.js';

export interface TemporaryCredentials {
  readonly credentials: Credentials;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface StsSuccess {
  readonly issued: TemporaryCredentials;
  readonly upstreamRequestId: string | undefined;
}

/** The first match applies. A Code that matches no row is a fault of our own request. */
const CODES: readonly { readonly pattern: RegExp; readonly code: ErrorCode }[] = [
  // The token, or the roles open to its bearer; the token comes from the caller, and so does its form.
  { pattern: /^(AuthenticationFail|NoPermission|Forbidden)(\.|$)/, code: 'FORBIDDEN' },
  { pattern: /^EntityNotExist\.Role$|^(Invalid|Missing)\w*\.?OIDCToken$/, code: 'FORBIDDEN' },
  { pattern: /Throttling/, code: 'RATE_LIMITED' },
  { pattern: /^(ServiceUnavailable|InternalError)(\.|$)/, code: 'UPSTREAM_UNAVAILABLE' },
];

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  FORBIDDEN: 'No access to the model registry for this caller.',
  RATE_LIMITED: 'The token service throttles; try again later.',
  UPSTREAM_UNAVAILABLE: 'The token service failed.',
  UPSTREAM_REJECTED: 'The token service refused this service’s request.',
  UPSTREAM_INVALID: 'The token service’s answer has an unknown shape.',
};

/** Another token of the same caller may pass, whereas a refusal for the role applies to all of them. */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof AppError && /OIDCToken/.test(error.details.upstreamCode ?? '');
}

/** Keys become header values. */
const KEY_TEXT = /^[\x21-\x7e]+$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

export function stsFailure(code: ErrorCode, details: ErrorDetails = {}): AppError {
  return new AppError(code, MESSAGES[code] ?? 'The token service failed.', details);
}

/** Keys that have expired by `now` do not count as keys. */
export function readStsAnswer(response: WholeResponse, now: number): StsSuccess | AppError {
  const parsed = parseJson(response.body);
  const body = isJsonObject(parsed) ? parsed : undefined;
  const upstreamRequestId = requestIdOf(response, body);
  const upstreamCode = upstreamCodeOf(body);
  const succeeded = response.status >= 200 && response.status < 300;
  if (succeeded && upstreamCode === undefined && parsed !== undefined) {
    const issued = readIssued(body?.Credentials);
    if (issued === undefined || issued.expiresAt <= now) {
      return stsFailure('UPSTREAM_INVALID', { upstreamRequestId });
    }
    return { issued, upstreamRequestId };
  }
  const code = codeOfFailure(upstreamCode, response.status, body);
  const retryAfter = code === 'RATE_LIMITED' ? retryAfterMs(response.headers) : undefined;
  return stsFailure(code, { upstreamRequestId, upstreamCode, retryAfterMs: retryAfter });
}

function codeOfFailure(
  upstreamCode: string | undefined,
  status: number,
  body: JsonObject | undefined,
): ErrorCode {
  const known = CODES.find(({ pattern }) => pattern.test(upstreamCode ?? ''));
  if (known) return known.code;
  if (status === 429) return 'RATE_LIMITED';
  // A body that is not JSON comes from an intermediary, with any status.
  return status >= 500 || body === undefined ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_REJECTED';
}

function readIssued(value: unknown): TemporaryCredentials | undefined {
  if (!isJsonObject(value)) return undefined;
  const accessKeyId = keyText(value.AccessKeyId);
  const accessKeySecret = keyText(value.AccessKeySecret);
  const securityToken = keyText(value.SecurityToken);
  const { Expiration } = value;
  const expiresAt =
    typeof Expiration === 'string' && TIME.test(Expiration) && Date.parse(Expiration);
  if (!accessKeyId || !accessKeySecret || !securityToken || !expiresAt) return undefined;
  return { credentials: { accessKeyId, accessKeySecret, securityToken }, expiresAt };
}

function keyText(value: unknown): string | undefined {
  return typeof value === 'string' && KEY_TEXT.test(value) ? value : undefined;
}
