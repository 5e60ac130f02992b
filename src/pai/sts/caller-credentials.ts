// Gives each caller the temporary keys of its role, for which STS takes the caller's OIDC token; they stay in this
// process only until shortly before they expire.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CredentialSource, Credentials } from '../../domain/credentials.js';
import { AppError, codeOf, type ErrorCode, type ErrorDetails } from '../../domain/errors.js';
import type { Report } from '../../domain/events.js';
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.js';
import { requestIdOf, retryAfterMs, upstreamCodeOf, withRetryable } from '../classify.js';
import { createStatusRecord } from '../credentials.js';
import {
  createHttpClient,
  type HttpResponse,
  isStaleConnection,
  wireCauseOf,
} from '../http-client.js';

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

export type CallerCredentials = ReturnType<typeof createCallerCredentials>;

export interface CallerCredentialsOptions {
  /** The base URL. */
  readonly stsEndpoint: string;
  readonly oidcProviderArn: string;
  /** 900 to 3600, the default, or to the maximum that the roles allow. */
  readonly durationSeconds?: number;
  /** Limits one attempt, body included. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
  readonly report: Report;
  /** The number of callers whose keys are remembered; 5000 when absent. */
  readonly maxCallers?: number;
}

const MAX_CALLERS = 5000;
const RENEW_AHEAD_MS = 5 * 60_000;
const RENEW_AHEAD_PART = 1 / 5;
/** The travel time of a request that is signed at the last moment. */
const LAST_MOMENT_MS = 10_000;

export function createCallerCredentials(options: CallerCredentialsOptions) {
  const { exchange, close } = createTokenExchange(options);
  const cache = createKeyCache(options, exchange);
  return {
    /** Makes no request to STS before the first get(). */
    sourceFor(caller: CallerToken): CredentialSource {
      // Keys belong to one subject in one role: any other subject or role has another name.
      const name = JSON.stringify([caller.roleArn, caller.issuer, caller.subject]);
      let given: Credentials | undefined;
      // A source belongs to one operation, which does not ask STS again after a failure.
      let failure: { readonly error: unknown } | undefined;
      return {
        async get(requestId) {
          if (failure !== undefined) throw failure.error;
          try {
            given = await cache.get(name, { ...caller, requestId });
            return given;
          } catch (error) {
            failure = { error };
            throw error;
          }
        },
        refresh() {
          failure = undefined;
          cache.drop(name, given);
          return true;
        },
        status: cache.status,
      };
    },
    /** Whether STS answered the latest request; a refusal of one caller is not a failure of STS. */
    status: cache.status,
    close,
  };
}

interface TemporaryCredentials {
  readonly credentials: Credentials;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The keys by name, with one exchange at a time for each. */
function createKeyCache(
  options: CallerCredentialsOptions,
  exchange: (caller: CallerToken) => Promise<TemporaryCredentials>,
) {
  const { now, monotonic, maxCallers = MAX_CALLERS } = options;
  const backOff = createRoleBackOff(monotonic);
  const kept = new LRUCache<string, TemporaryCredentials & { readonly renewAt: number }>({
    max: maxCallers,
  });
  const pendingBy = new Map<string, { token: string; credentials: Promise<Credentials> }>();
  const status = createStatusRecord(options.report);

  async function renew(name: string, caller: CallerToken): Promise<Credentials> {
    const { roleArn } = caller;
    backOff.throwIfWaiting(roleArn);
    try {
      const issued = await exchange(caller);
      const { credentials, expiresAt } = issued;
      const ahead = Math.min(RENEW_AHEAD_MS, (expiresAt - now()) * RENEW_AHEAD_PART);
      kept.set(name, { ...issued, renewAt: expiresAt - ahead });
      backOff.succeeded(roleArn);
      status.record(null);
      return credentials;
    } catch (error) {
      const isRefused = codeOf(error) === 'FORBIDDEN';
      backOff.failed(roleArn, error);
      // STS no longer allows this caller the keys that it gave before.
      if (isRefused && !isTokenRefused(error)) kept.delete(name);
      status.record(isRefused ? null : 'STS gives no keys.');
      throw error;
    }
  }

  function lead(name: string, caller: CallerToken) {
    const credentials = renew(name, caller).finally(() => pendingBy.delete(name));
    const pending = { token: caller.token, credentials };
    pendingBy.set(name, pending);
    return pending;
  }

  async function renewOnce(name: string, caller: CallerToken): Promise<Credentials> {
    const pending = pendingBy.get(name) ?? lead(name, caller);
    try {
      return await pending.credentials;
    } catch (error) {
      // The leader may present an older token of the same subject.
      if (pending.token === caller.token || !isTokenRefused(error)) throw error;
      return renewOnce(name, caller);
    }
  }

  return {
    async get(name: string, caller: CallerToken): Promise<Credentials> {
      const keys = kept.get(name);
      const isTokenExpired = caller.tokenExpiresAt <= now();
      if (keys === undefined || now() >= keys.expiresAt - LAST_MOMENT_MS) {
        if (isTokenExpired) throw stsFailure('FORBIDDEN');
        return renewOnce(name, caller);
      }
      // In the background, so that no caller waits and an STS failure has an effect only when the keys end.
      if (now() >= keys.renewAt && !isTokenExpired) renewOnce(name, caller).catch(() => {});
      return keys.credentials;
    },
    /** Drops the keys unless others have replaced `given`; without `given`, drops any keys of this name. */
    drop(name: string, given: Credentials | undefined): void {
      const keys = kept.peek(name);
      if (given === undefined || keys?.credentials === given) kept.delete(name);
    },
    status: status.last,
  };
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const MAX_ROLES = 1000;

/**
 * Prevents further exchanges for a role for a while after a failed one: each later operation of the role would
 * otherwise wait for the same failure, and STS has its own quota.
 */
function createRoleBackOff(monotonic: () => number) {
  const waits = new LRUCache<string, { error: AppError; waitMs: number; endsAt: number }>({
    max: MAX_ROLES,
  });
  return {
    throwIfWaiting(roleArn: string): void {
      const wait = waits.get(roleArn);
      if (wait !== undefined && monotonic() < wait.endsAt) throw wait.error;
    },
    succeeded: (roleArn: string) => void waits.delete(roleArn),
    failed(roleArn: string, error: unknown): void {
      // A refusal of one caller is an answer and does not delay other callers.
      if (!(error instanceof AppError) || error.code === 'FORBIDDEN') return;
      const doubled = (waits.get(roleArn)?.waitMs ?? FIRST_WAIT_MS / 2) * 2;
      const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(doubled, error.details.retryAfterMs ?? 0));
      waits.set(roleArn, { error, waitMs, endsAt: monotonic() + waitMs });
    },
  };
}

const DURATION_SECONDS = 3600;

/** Rejects with an AppError that reveals nothing of token, role, host or answer and is not retryable. */
function createTokenExchange(options: CallerCredentialsOptions) {
  const { now, monotonic, timeoutMs, report } = options;
  const serverName = 'token service';
  const client = createHttpClient({ serverName, maxMegabytes: 1, timeoutMs, maxSockets: 16 });

  async function attempt(caller: CallerToken, isNewConnection = false) {
    const startedAt = monotonic();
    const base = { type: 'token_exchange', requestId: caller.requestId ?? null } as const;
    try {
      const response = await client.send({ ...exchangeRequest(options, caller), isNewConnection });
      const { issued, upstreamRequestId } = readStsResponse(response, now());
      report({ ...base, durationMs: monotonic() - startedAt, outcome: 'OK', upstreamRequestId });
      return issued;
    } catch (error) {
      const durationMs = monotonic() - startedAt;
      const outcome = codeOf(error) ?? 'INTERNAL_SERVER_ERROR';
      const { upstreamRequestId, upstreamCode } = error instanceof AppError ? error.details : {};
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
    exchange: (caller: CallerToken) =>
      withOneRetry(caller).catch((error: unknown) => {
        // Otherwise the registry's own retries would multiply these, and its breaker would count an STS failure as PAI's.
        throw error instanceof AppError ? withRetryable(error, false) : error;
      }),
    close: client.close,
  };
}

function exchangeRequest(options: CallerCredentialsOptions, caller: CallerToken) {
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

function stsFailure(code: ErrorCode, details: ErrorDetails = {}): AppError {
  return new AppError(code, MESSAGES[code] ?? 'The token service failed.', details);
}

/** Another token of the same caller may pass, whereas a refusal for the role applies to all of them. */
function isTokenRefused(error: unknown): boolean {
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
  const keys = { accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret };
  return { credentials: { ...keys, securityToken: SecurityToken }, expiresAt };
}

/** Keys become header values. */
function isKeyText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}
