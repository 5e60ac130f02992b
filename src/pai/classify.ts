// Classifies the response of PAI as a result or an AppError. Besides this file, only the doctor knows PAI's error codes,
// since it explains some of them. Pure.
import { AppError, type ErrorCode } from '../domain/errors.js';
import { isJsonObject, type JsonObject, parseExactly } from '../lib/json.js';
import type { HttpResponse } from '../net/http-client.js';
import type { PaiRequest } from './request.js';

export type ClassifiedResponse =
  | {
      readonly kind: 'found';
      readonly body: JsonObject;
      readonly upstreamRequestId: string | undefined;
    }
  /** PAI says that the requested object does not exist. */
  | { readonly kind: 'not_found' }
  | { readonly kind: 'failed'; readonly error: AppError };

/** A failure wrapped into a 200 lacks the operation's shape and carries a Code. */
export function classifyResponse(
  response: HttpResponse,
  { isAnswer, absence }: Pick<PaiRequest, 'isAnswer' | 'absence'>,
): ClassifiedResponse {
  const parsed = parseExactly(response.body.replace(/^\ufeff/, ''));
  const body = isJsonObject(parsed?.value) ? parsed.value : undefined;
  const upstreamRequestId = requestIdOf(response, body);
  const isSuccess = response.status >= 200 && response.status < 300;
  const fail = (code: ErrorCode, message: string): ClassifiedResponse => ({
    kind: 'failed',
    error: new AppError(code, message, { upstreamRequestId }),
  });
  if (isSuccess && !parsed?.isTooDeep && body && isAnswer(body)) {
    return { kind: 'found', body, upstreamRequestId };
  }
  if (isSuccess && parsed === undefined) {
    return fail('UPSTREAM_UNAVAILABLE', 'The model registry’s answer is not whole.');
  }
  if (isSuccess && (parsed?.isTooDeep || upstreamCodeOf(body) === undefined)) {
    return fail('UPSTREAM_INVALID', 'The model registry’s answer has an unknown shape.');
  }
  const upstreamCode = upstreamCodeOf(body);
  if (upstreamCode !== undefined && absence?.test(upstreamCode)) return { kind: 'not_found' };
  return classifyFailure(response, body);
}

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
  { pattern: /^20190000[23]$|^201300003$/, code: 'NOT_FOUND' },
  { pattern: /^100700008$|^(NoPermission|Forbidden)/, code: 'FORBIDDEN' },
  { pattern: /Throttling/, code: 'RATE_LIMITED', retryable: true },
  { pattern: /^(ServiceUnavailable|InternalError)(\.|$)/, code: 'UPSTREAM_UNAVAILABLE' },
  // Faults of our own request, although the code begins with Invalid or Missing.
  {
    pattern:
      /^(Invalid|Missing|Illegal|Incomplete)?(AccessKey(Id)?|SecurityToken|Time[Ss]tamp|Nonce|Api|Action|Version|Product|Protocol|Authorization|Date)(\.|$)/,
    code: 'UPSTREAM_REJECTED',
  },
  {
    pattern: /^(Invalid|Missing|Illegal|Incomplete)?Signature\w*(\.|$)/,
    code: 'UPSTREAM_REJECTED',
  },
  { pattern: /^(Invalid|Missing)|^1004000(27|08)$/, code: 'BAD_USER_INPUT' },
];

const TOO_LONG: ReadonlySet<number> = new Set([413, 414, 431]);

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  FORBIDDEN: 'No permission to read this from the model registry.',
  RATE_LIMITED: 'The model registry throttles; try again later.',
  UPSTREAM_REJECTED: 'The model registry refused this service’s request.',
};

function classifyFailure(response: HttpResponse, body: JsonObject | undefined): ClassifiedResponse {
  const upstreamCode = upstreamCodeOf(body);
  const { code, retryable } =
    CODES.find(({ pattern }) => pattern.test(upstreamCode ?? '')) ?? rowOfStatus(response, body);
  if (code === 'NOT_FOUND') return { kind: 'not_found' };
  const error = new AppError(code, messageOf(code, upstreamCode), {
    upstreamRequestId: requestIdOf(response, body),
    upstreamCode,
    retryable,
    retryAfterMs: retryAfterMs(response.headers),
  });
  return { kind: 'failed', error };
}

/** For a Code that is not known, or absent. */
function rowOfStatus(
  { status }: HttpResponse,
  body: JsonObject | undefined,
): Omit<CodeRow, 'pattern'> {
  if (textOf(body?.Message ?? body?.message)?.startsWith('No permission')) {
    return { code: 'FORBIDDEN' };
  }
  if (status === 429) return { code: 'RATE_LIMITED', retryable: true };
  // Too long for the gateway: this one request is the cause, and PAI works.
  if (TOO_LONG.has(status)) return { code: 'BAD_USER_INPUT' };
  // An empty or HTML error page comes from an intermediary, with any status.
  if (status >= 500 || body === undefined) return { code: 'UPSTREAM_UNAVAILABLE' };
  return { code: 'UPSTREAM_REJECTED' };
}

function messageOf(code: ErrorCode, upstreamCode: string | undefined): string {
  if (code !== 'BAD_USER_INPUT') return MESSAGES[code] ?? 'The model registry failed.';
  if (upstreamCode === undefined) return 'The arguments are too long for the model registry.';
  if (upstreamCode.startsWith('1004000')) return 'workspaceId: there is no such workspace.';
  return `The model registry refused an argument (${upstreamCode}).`;
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

/** The same error, but a retry may succeed, or may not. */
export function withRetryable(
  { code, message, details, cause }: AppError,
  retryable: boolean,
): AppError {
  return new AppError(code, message, { ...details, retryable }, { cause });
}

export function requestIdOf(
  response: HttpResponse,
  body: JsonObject | undefined,
): string | undefined {
  const header = response.headers['x-acs-request-id'];
  const candidates = [body?.RequestId, body?.requestId, body?.requestid, header].map(textOf);
  return candidates.find((id) => id !== undefined && /^[\w*-]{1,64}$/.test(id));
}

/** A text without the form of a code is left out: it would otherwise appear in messages and the log. */
export function upstreamCodeOf(body: JsonObject | undefined): string | undefined {
  const code = [body?.Code, body?.code].map(codeText).find((candidate) => candidate !== undefined);
  return code !== undefined && /^[\w.-]{1,80}$/.test(code) ? code : undefined;
}

/** PAI's own codes consist of digits and may come as a number. */
function codeText(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : textOf(value);
}

/** `x-acs-retry-after` is in milliseconds; `Retry-After` is in seconds, or a date by PAI's clock. */
export function retryAfterMs(headers: HttpResponse['headers']): number | undefined {
  const own = Number(textOf(headers['x-acs-retry-after']));
  if (own > 0 && Number.isFinite(own)) return own;
  const standard = textOf(headers['retry-after']) ?? '';
  const ms = /^\d+$/.test(standard)
    ? Number(standard) * 1000
    : Date.parse(standard) - Date.parse(textOf(headers.date) ?? '');
  return ms > 0 ? ms : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
