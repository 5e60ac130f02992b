// Exchanges a caller's OIDC token for temporary keys of a role at STS, and reads its answer. It keeps no keys.
import { createHash } from 'node:crypto';
import type { Credentials } from '../../domain/credentials.js';
import { AppError, codeOf, type ErrorCode, type ErrorDetails } from '../../domain/errors.js';
import type { Report } from '../../domain/events.js';
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.js';
import { requestIdOf, retryAfterMs, upstreamCodeOf, withRetryable } from '../classify.js';
import {
  createHttpClient,
  type HttpResponse,
  isStaleConnection,
  wireCauseOf,
} from '../http-client.js';

const DURATION_SECONDS = 3600;

/** A person, or a program, whose token was verified before. */
export interface CallerToken {
  readonly token: string;
  readonly subject: string;
  readonly issuer: string;
  readonly roleArn: string;
  /** Milliseconds since the epoch. */
  readonly tokenExpiresAt: number;
  /** The id of the operation that needs the keys, for the log. */
  readonly requestId?: string | undefined;
}

export interface TemporaryCredentials {
  readonly credentials: Credentials;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenExchangeOptions {
  /** The base URL. */
  readonly stsEndpoint: string;
  readonly oidcProviderArn: string;
  /** 900 to 3600, the default, or to the maximum that the roles allow. */
  readonly durationSeconds?: number;
  /** Limits one attempt, body included. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set; performance.now when absent. */
  readonly monotonic?: () => number;
  readonly report?: Report;
}

export interface TokenExchange {
  /** Throws an AppError that reveals nothing of token, role, host or answer and is not retryable. */
  exchange(caller: CallerToken): Promise<TemporaryCredentials>;
  close(): void;
}

export function createTokenExchange(options: TokenExchangeOptions): TokenExchange {
  const { now, timeoutMs, report = () => {}, monotonic = () => performance.now() } = options;
  const client = createHttpClient({
    serverName: 'token service',
    maxMegabytes: 1,
    timeoutMs,
    maxSockets: 16,
  });

  async function attempt(caller: CallerToken, isNewConnection = false) {
    const startedAt = monotonic();
    const base = { type: 'token_exchange', requestId: caller.requestId ?? null } as const;
    try {
      const response = await client.send({ ...exchangeRequest(options, caller), isNewConnection });
      const { issued, upstreamRequestId } = readStsResponse(response, now());
      const durationMs = monotonic() - startedAt;
      report({ ...base, durationMs, outcome: 'OK', upstreamRequestId });
      return issued;
    } catch (error) {
      const outcome = codeOf(error) ?? 'INTERNAL_SERVER_ERROR';
      const { upstreamRequestId, upstreamCode } = error instanceof AppError ? error.details : {};
      const durationMs = monotonic() - startedAt;
      const cause = wireCauseOf(error);
      report({ ...base, durationMs, outcome, cause, upstreamRequestId, upstreamCode });
      throw error;
    }
  }

  /** AssumeRoleWithOIDC only gives another set of keys, so the request may reach STS twice. */
  async function attemptOnLiveConnection(caller: CallerToken) {
    try {
      return await attempt(caller);
    } catch (error) {
      if (!isStaleConnection(error)) throw error;
      return await attempt(caller, true);
    }
  }

  async function withOneRetry(caller: CallerToken) {
    try {
      return await attemptOnLiveConnection(caller);
    } catch (error) {
      if (codeOf(error) !== 'UPSTREAM_UNAVAILABLE') throw error;
      return await attemptOnLiveConnection(caller);
    }
  }

  return {
    exchange: (caller) =>
      withOneRetry(caller).catch((error: unknown) => {
        // Otherwise the registry's own retries would multiply these, and its breaker would count an STS failure as PAI's.
        throw error instanceof AppError ? withRetryable(error, false) : error;
      }),
    close: client.close,
  };
}

function exchangeRequest(options: TokenExchangeOptions, caller: CallerToken) {
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithOIDC',
    // Otherwise STS would answer in XML.
    Format: 'JSON',
    Timestamp: new Date(options.now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    Version: '2015-04-01',
  });
  return {
    method: 'POST' as const,
    url: `${options.stsEndpoint}/?${query}`,
    // In the body and not in the URL, which a proxy may log.
    form: {
      OIDCProviderArn: options.oidcProviderArn,
      OIDCToken: caller.token,
      RoleArn: caller.roleArn,
      RoleSessionName: roleSessionName(caller.issuer, caller.subject),
      DurationSeconds: options.durationSeconds ?? DURATION_SECONDS,
    },
  };
}

const SESSION_NAME_LENGTH = 64;
/** 96 bits: no two subjects share a name, even when characters of them had to be left out. */
const HASH_LENGTH = 16;

/**
 * The name of a caller's session in the cloud's audit trail: 2 to 64 of the letters, digits and . @ - _ that STS
 * accepts, readable as far as these allow.
 */
export function roleSessionName(issuer: string, subject: string): string {
  const digest = createHash('sha256').update(JSON.stringify([issuer, subject]));
  const hash = digest.digest('base64url').slice(0, HASH_LENGTH);
  const readable = subject
    .replace(/[^A-Za-z0-9.@_-]+/g, '-')
    .slice(0, SESSION_NAME_LENGTH - HASH_LENGTH - 1);
  return `${readable}.${hash}`;
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
  UPSTREAM_REJECTED: 'The token service refused this service’s request.',
  UPSTREAM_INVALID: 'The token service’s answer has an unknown shape.',
};

export function stsFailure(code: ErrorCode, details: ErrorDetails = {}): AppError {
  return new AppError(code, MESSAGES[code] ?? 'The token service failed.', details);
}

/** Another token of the same caller may pass, whereas a refusal for the role applies to all of them. */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof AppError && /OIDCToken/.test(error.details.upstreamCode ?? '');
}

/** Throws an AppError for everything but keys that have not expired by `now`. */
export function readStsResponse(response: HttpResponse, now: number) {
  const parsed = parseJson(response.body);
  const body = isJsonObject(parsed) ? parsed : undefined;
  const upstreamRequestId = requestIdOf(response, body);
  const upstreamCode = upstreamCodeOf(body);
  const isSuccess = response.status >= 200 && response.status < 300;
  if (isSuccess && upstreamCode === undefined && parsed !== undefined) {
    const issued = readCredentials(body?.Credentials);
    if (issued !== null && issued.expiresAt > now) return { issued, upstreamRequestId };
    throw stsFailure('UPSTREAM_INVALID', { upstreamRequestId });
  }
  const code = codeOfFailure(upstreamCode, response.status, body);
  throw stsFailure(code, {
    upstreamRequestId,
    upstreamCode,
    retryAfterMs: code === 'RATE_LIMITED' ? retryAfterMs(response.headers) : undefined,
  });
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

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

function readCredentials(value: unknown): TemporaryCredentials | null {
  if (!isJsonObject(value)) return null;
  const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = value;
  if (!isKeyText(AccessKeyId) || !isKeyText(AccessKeySecret) || !isKeyText(SecurityToken)) {
    return null;
  }
  const expiresAt = TIME.test(String(Expiration)) ? Date.parse(String(Expiration)) : Number.NaN;
  if (Number.isNaN(expiresAt)) return null;
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      accessKeySecret: AccessKeySecret,
      securityToken: SecurityToken,
    },
    expiresAt,
  };
}

/** Keys become header values. */
function isKeyText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}
