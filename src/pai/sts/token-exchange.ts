// Exchanges a caller's OIDC token for temporary keys of a role: STS's AssumeRoleWithOIDC, its request, its answer and its
// error codes. It remembers nothing.
import * as z from 'zod';
import type { CallerToken, Credentials } from '../../domain/credentials.js';
import { AppError, codeOf, type ErrorCode, type ErrorDetails } from '../../domain/errors.js';
import type { Report } from '../../domain/events.js';
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.js';
import { sha256 } from '../../lib/sha256.js';
import {
  createHttpClient,
  failureOf,
  type HttpResponse,
  isStaleConnection,
} from '../../net/http-client.js';
import type { ProxyRules } from '../../net/proxy.js';
import { requestIdOf, retryAfterMs, upstreamCodeOf, withRetryable } from '../classify.js';

export interface TemporaryKeys {
  readonly credentials: Credentials;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenExchangeOptions {
  /** The base URL. */
  readonly stsEndpoint: string;
  readonly oidcProviderArn: string;
  /** For tests: the lifetime of the keys. */
  readonly durationSeconds?: number;
  /** Limits one attempt, body included. */
  readonly timeoutMs: number;
  /** null when absent. */
  readonly proxy?: ProxyRules | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
  readonly report: Report;
}

/** The longest that every role allows. */
const DURATION_SECONDS = 3600;

export function createTokenExchange(options: TokenExchangeOptions) {
  const { now, monotonic, timeoutMs, proxy = null, report } = options;
  const serverName = 'token service';
  const client = createHttpClient({
    serverName,
    maxMegabytes: 1,
    timeoutMs,
    maxSockets: 16,
    proxy,
  });

  const attributes = {
    'http.request.method': 'POST',
    'url.template': '/',
    'server.address': new URL(options.stsEndpoint).hostname,
  };

  async function attempt(caller: CallerToken, isNewConnection: boolean): Promise<TemporaryKeys> {
    const startedAt = monotonic();
    const type = 'token_exchange';
    const { requestId = null, span: parent } = caller.origin ?? {};
    const span = parent?.begin('POST /', { isClient: true, attributes });
    try {
      const response = await client.send({ ...exchangeRequest(options, caller), isNewConnection });
      const { keys, upstreamRequestId } = readStsResponse(response, now());
      const durationMs = monotonic() - startedAt;
      report({ type, requestId, span, durationMs, outcome: 'OK', upstreamRequestId });
      return keys;
    } catch (error) {
      report({ type, requestId, span, durationMs: monotonic() - startedAt, ...failureOf(error) });
      throw error;
    }
  }

  /** A request that reaches STS twice does no harm: each only gives another set of keys. */
  function attemptOnLiveConnection(caller: CallerToken): Promise<TemporaryKeys> {
    return attempt(caller, false).catch((error: unknown) => {
      if (!isStaleConnection(error)) throw error;
      return attempt(caller, true);
    });
  }

  function attemptTwice(caller: CallerToken): Promise<TemporaryKeys> {
    return attemptOnLiveConnection(caller).catch((error: unknown) => {
      if (codeOf(error) !== 'UPSTREAM_UNAVAILABLE') throw error;
      return attemptOnLiveConnection(caller);
    });
  }

  return {
    /** Rejects with an AppError that reveals nothing of token, role, host or answer and is not retryable. */
    exchange: (caller: CallerToken) =>
      attemptTwice(caller).catch((error: unknown) => {
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
  const hash = sha256(JSON.stringify([issuer, subject]), 'base64url').slice(0, HASH_LENGTH);
  const readable = subject
    .replace(/[^A-Za-z0-9.@_-]+/g, '-')
    .slice(0, SESSION_NAME_LENGTH - HASH_LENGTH - 1);
  return `${readable}.${hash}`;
}

/** Keys become header values. */
const KEY = z.string().regex(/^[\x21-\x7e]+$/);
const ANSWER = z.object({
  Credentials: z.object({
    AccessKeyId: KEY,
    AccessKeySecret: KEY,
    SecurityToken: KEY,
    Expiration: z.iso.datetime(),
  }),
});

/** Throws an AppError for everything but keys that have not expired by `now`. */
export function readStsResponse(response: HttpResponse, now: number) {
  const parsed = parseJson(response.body);
  const body = isJsonObject(parsed) ? parsed : undefined;
  const upstreamRequestId = requestIdOf(response, body);
  const upstreamCode = upstreamCodeOf(body);
  const isSuccess = response.status >= 200 && response.status < 300;
  if (isSuccess && upstreamCode === undefined && parsed !== undefined) {
    const keys = keysIn(parsed);
    if (keys !== null && keys.expiresAt > now) return { keys, upstreamRequestId };
    throw stsFailure('UPSTREAM_INVALID', { upstreamRequestId });
  }
  const code = codeOfFailure(upstreamCode, response.status, body);
  throw stsFailure(code, {
    upstreamRequestId,
    upstreamCode,
    retryAfterMs: code === 'RATE_LIMITED' ? retryAfterMs(response.headers) : undefined,
  });
}

function keysIn(answer: unknown): TemporaryKeys | null {
  const { data } = ANSWER.safeParse(answer);
  if (data === undefined) return null;
  const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = data.Credentials;
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      accessKeySecret: AccessKeySecret,
      securityToken: SecurityToken,
    },
    expiresAt: Date.parse(Expiration),
  };
}

/** The first match applies. A Code that matches no row is a fault of our own request. */
const CODES: readonly { readonly pattern: RegExp; readonly code: ErrorCode }[] = [
  // The token, or the roles open to its bearer; the token comes from the caller, and so does its form.
  { pattern: /^(AuthenticationFail|NoPermission|Forbidden)(\.|$)/, code: 'FORBIDDEN' },
  { pattern: /^EntityNotExist\.Role$|^(Invalid|Missing)\w*\.?OIDCToken$/, code: 'FORBIDDEN' },
  { pattern: /Throttling/, code: 'RATE_LIMITED' },
  { pattern: /^(ServiceUnavailable|InternalError)(\.|$)/, code: 'UPSTREAM_UNAVAILABLE' },
];

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
