// Translates PAI's failures to this program's errors; besides this file, only the doctor knows PAI's error codes, since
// it explains some of them. Pure.
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { JsonObject } from '../domain/model.js';
import type { WholeResponse } from './whole-response.js';

export type Failure = { readonly kind: 'not_found' } | AppError;

interface CodeRow {
  readonly pattern: RegExp;
  readonly code: ErrorCode | 'NOT_FOUND';
  readonly retryable?: boolean;
}

/**
 * The first match applies. Code decides and not the HTTP status: PAI answers 404 for a missing permission (100700008)
 * and may do so for an unknown access key.
 */
const CODES: readonly CodeRow[] = [
  { pattern: /^20190000[23]$/, code: 'NOT_FOUND' },
  { pattern: /^100700008$|^(NoPermission|Forbidden)/, code: 'FORBIDDEN' },
  { pattern: /Throttling/, code: 'RATE_LIMITED', retryable: true },
  { pattern: /^(ServiceUnavailable|InternalError)(\.|$)/, code: 'UPSTREAM_UNAVAILABLE' },
  {
    // Faults of our own request, although the code begins with Invalid or Missing.
    pattern:
      /^(Invalid|Missing|Illegal|Incomplete)?(AccessKey(Id)?|SecurityToken|Time[Ss]tamp|Signature\w*|Nonce|Api|Action|Version|Product|Protocol|Authorization|Date)(\.|$)/,
    code: 'UPSTREAM_REJECTED',
  },
  { pattern: /^(Invalid|Missing)|^1004000(27|08)$/, code: 'BAD_USER_INPUT' },
];

const TOO_LONG: ReadonlySet<number> = new Set([413, 414, 431]);

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  FORBIDDEN: 'No permission to read this from the model registry.',
  RATE_LIMITED: 'The model registry throttles; try again later.',
  UPSTREAM_UNAVAILABLE: 'The model registry failed.',
  UPSTREAM_REJECTED: 'The model registry refused this service’s request.',
};

export function asFailure(response: WholeResponse, body: JsonObject | undefined): Failure {
  const upstreamCode = upstreamCodeOf(body);
  const row = findRow(upstreamCode, text(body?.Message ?? body?.message), response.status, body);
  if (row.code === 'NOT_FOUND') return { kind: 'not_found' };
  return new AppError(row.code, message(row.code, upstreamCode), {
    upstreamRequestId: requestIdOf(response, body),
    upstreamCode,
    retryable: row.retryable,
    retryAfterMs: retryAfterMs(response.headers),
  });
}

/** The keys were valid when they were given and have expired or been replaced. A request with new keys may pass. */
export function isOfOldKeys(error: unknown): error is AppError {
  return isOfCode(error, /^InvalidSecurityToken\.Expired$|^InvalidAccessKeyId(\.|$)/);
}

/** PAI's clock and ours differ too much. */
export function isOfWrongDate(error: unknown): error is AppError {
  return isOfCode(error, /^InvalidTime[Ss]tamp(\.|$)/);
}

/** A refusal for a workspace: PAI sends it whether or not the requested object exists. */
export function isWorkspaceRefusal(error: unknown): error is AppError {
  return isOfCode(error, /^100700008$/);
}

function isOfCode(error: unknown, pattern: RegExp): error is AppError {
  return error instanceof AppError && pattern.test(error.details.upstreamCode ?? '');
}

export function requestIdOf(
  response: WholeResponse,
  body: JsonObject | undefined,
): string | undefined {
  const header = response.headers['x-acs-request-id'];
  const candidates = [body?.RequestId, body?.requestId, body?.requestid, header].map(text);
  return candidates.find((id) => id !== undefined && /^[\w*-]{1,64}$/.test(id));
}

/** A text without the form of a code is left out: it would otherwise appear in messages and the log. */
export function upstreamCodeOf(body: JsonObject | undefined): string | undefined {
  const code = [body?.Code, body?.code].map(codeText).find((candidate) => candidate !== undefined);
  return code !== undefined && /^[\w.-]{1,80}$/.test(code) ? code : undefined;
}

/** PAI's own codes consist of digits and may come as a number. */
function codeText(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : text(value);
}

function findRow(
  code: string | undefined,
  paiMessage: string | undefined,
  status: number,
  body: JsonObject | undefined,
): Pick<CodeRow, 'code' | 'retryable'> {
  const known = code !== undefined && CODES.find((row) => row.pattern.test(code));
  if (known) return known;
  if (paiMessage?.startsWith('No permission')) return { code: 'FORBIDDEN' };
  if (status === 429) return { code: 'RATE_LIMITED', retryable: true };
  // Too long for the gateway: this one request is the cause, and PAI works.
  if (TOO_LONG.has(status)) return { code: 'BAD_USER_INPUT' };
  // An empty or HTML error page comes from an intermediary, with any status.
  if (status >= 500 || body === undefined) return { code: 'UPSTREAM_UNAVAILABLE' };
  return { code: 'UPSTREAM_REJECTED' };
}

function message(code: ErrorCode, upstreamCode: string | undefined): string {
  if (code === 'BAD_USER_INPUT') {
    if (/^1004000/.test(upstreamCode ?? '')) return 'workspaceId: there is no such workspace.';
    if (upstreamCode === undefined) return 'The arguments are too long for the model registry.';
    return `The model registry refused an argument (${upstreamCode}).`;
  }
  return MESSAGES[code] ?? 'The model registry failed.';
}

/** `x-acs-retry-after` is in milliseconds; `Retry-After` is in seconds, or a date by PAI's clock. */
export function retryAfterMs(headers: WholeResponse['headers']): number | undefined {
  const own = Number(text(headers['x-acs-retry-after']));
  if (own > 0 && Number.isFinite(own)) return own;
  const standard = text(headers['retry-after']) ?? '';
  const ms = /^\d+$/.test(standard)
    ? Number(standard) * 1000
    : Date.parse(standard) - Date.parse(text(headers.date) ?? '');
  return ms > 0 ? ms : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
