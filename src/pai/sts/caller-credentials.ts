// Gives each caller the temporary keys of its role, for which STS takes the caller's OIDC token; they stay in this
// process only until shortly before they expire.
import { LRUCache } from 'lru-cache';
import type { CallerToken, CredentialSource, Credentials } from '../../domain/credentials.js';
import { AppError, codeOf } from '../../domain/errors.js';
import { createStatusRecord } from '../credentials.js';
import {
  createTokenExchange,
  isTokenRefused,
  stsFailure,
  type TemporaryKeys,
  type TokenExchangeOptions,
} from './token-exchange.js';

export type CallerCredentials = ReturnType<typeof createCallerCredentials>;

export interface CallerCredentialsOptions extends TokenExchangeOptions {
  /** For tests: the number of callers whose keys are remembered. */
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
        async get(origin) {
          if (failure !== undefined) throw failure.error;
          try {
            given = await cache.get(name, { ...caller, origin });
            return given;
          } catch (error) {
            failure = { error };
            throw error;
          }
        },
        current: () => cache.current(name, caller),
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
    confirmedAt: cache.givenAt,
    close,
  };
}

/** The keys by name, with one exchange at a time for each. */
function createKeyCache(
  options: CallerCredentialsOptions,
  exchange: (caller: CallerToken) => Promise<TemporaryKeys>,
) {
  const { now, monotonic, maxCallers = MAX_CALLERS } = options;
  const backOff = createRoleBackOff(monotonic);
  const kept = new LRUCache<string, TemporaryKeys & { readonly renewAt: number }>({
    max: maxCallers,
  });
  const pendingBy = new Map<string, { token: string; credentials: Promise<Credentials> }>();
  const status = createStatusRecord(options.report);
  let givenAt: number | null = null;

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
      givenAt = monotonic();
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

  const isExpired = ({ tokenExpiresAt }: CallerToken) => tokenExpiresAt <= now();

  function current(name: string, caller: CallerToken): Credentials | null {
    const keys = kept.get(name);
    if (keys === undefined || now() >= keys.expiresAt - LAST_MOMENT_MS) return null;
    // In the background, so that no caller waits and an STS failure has an effect only when the keys end.
    if (now() >= keys.renewAt && !isExpired(caller)) renewOnce(name, caller).catch(() => {});
    return keys.credentials;
  }

  return {
    current,
    async get(name: string, caller: CallerToken): Promise<Credentials> {
      const keys = current(name, caller);
      if (keys !== null) return keys;
      if (isExpired(caller)) throw stsFailure('FORBIDDEN');
      return renewOnce(name, caller);
    },
    /** Drops the keys unless others have replaced `given`; without `given`, drops any keys of this name. */
    drop(name: string, given: Credentials | undefined): void {
      const keys = kept.peek(name);
      if (given === undefined || keys?.credentials === given) kept.delete(name);
    },
    status: status.last,
    givenAt: () => givenAt,
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
