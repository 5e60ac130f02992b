// Gives each caller the temporary keys of its role; they stay in this process only until shortly before they expire.
import { LRUCache } from 'lru-cache';
import type { CredentialSource, CredentialStatus, Credentials } from '../../domain/credentials.js';
import { AppError, codeOf } from '../../domain/errors.js';
import { createStatusRecord } from '../credentials.js';
import {
  type CallerToken,
  createTokenExchange,
  isTokenRefused,
  stsFailure,
  type TemporaryCredentials,
  type TokenExchange,
  type TokenExchangeOptions,
} from './token-exchange.js';

export interface CallerCredentials {
  /** Makes no request to STS before the first get(). */
  sourceFor(caller: CallerToken): CredentialSource;
  /** Whether STS answered the latest request; a refusal of one caller is not a failure of STS. */
  status(): CredentialStatus;
  close(): void;
}

export interface CallerCredentialsOptions extends TokenExchangeOptions {
  /** The number of callers whose keys are remembered; 5000 when absent. */
  readonly maxCallers?: number;
}

const MAX_CALLERS = 5000;
const RENEW_AHEAD_MS = 5 * 60_000;
const RENEW_AHEAD_PART = 1 / 5;
/** The travel time of a request that is signed at the last moment. */
const LAST_MOMENT_MS = 10_000;

export function createCallerCredentials(options: CallerCredentialsOptions): CallerCredentials {
  const exchange = createTokenExchange(options);
  const cache = createKeyCache(options, exchange);
  return {
    sourceFor(caller) {
      const name = nameOf(caller);
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
    status: cache.status,
    close: exchange.close,
  };
}

/** Keys belong to one subject in one role: any other subject or role has another name. */
function nameOf({ roleArn, issuer, subject }: CallerToken): string {
  return JSON.stringify([roleArn, issuer, subject]);
}

/** One exchange in progress and the token that it presents. */
interface PendingExchange {
  readonly token: string;
  readonly credentials: Promise<Credentials>;
}

/** The keys by name, with one exchange at a time for each. */
function createKeyCache(options: CallerCredentialsOptions, { exchange }: TokenExchange) {
  const { now, maxCallers = MAX_CALLERS, monotonic = () => performance.now() } = options;
  const backOff = createRoleBackOff(monotonic);
  const kept = new LRUCache<string, KeptCredentials>({ max: maxCallers });
  const pendingBy = new Map<string, PendingExchange>();
  const status = createStatusRecord(options.report ?? (() => {}));

  async function renew(name: string, caller: CallerToken): Promise<Credentials> {
    const { roleArn } = caller;
    const failure = backOff.failureOf(roleArn);
    if (failure !== null) throw failure;
    try {
      const issued = await exchange(caller);
      kept.set(name, withRenewal(issued, now()));
      backOff.succeeded(roleArn);
      status.record(null);
      return issued.credentials;
    } catch (error) {
      const isRefused = codeOf(error) === 'FORBIDDEN';
      backOff.failed(roleArn, error);
      // STS no longer allows this caller the keys that it gave before.
      if (isRefused && !isTokenRefused(error)) kept.delete(name);
      status.record(isRefused ? null : 'STS gives no keys.');
      throw error;
    }
  }

  function lead(name: string, caller: CallerToken): PendingExchange {
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

interface KeptCredentials extends TemporaryCredentials {
  /** The time from which the keys are renewed, while they are still given out. */
  readonly renewAt: number;
}

function withRenewal(issued: TemporaryCredentials, now: number): KeptCredentials {
  const ahead = Math.min(RENEW_AHEAD_MS, (issued.expiresAt - now) * RENEW_AHEAD_PART);
  return { ...issued, renewAt: issued.expiresAt - ahead };
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const MAX_ROLES = 1000;

interface RoleWait {
  readonly error: AppError;
  readonly waitMs: number;
  readonly endsAt: number;
}

/**
 * Prevents further exchanges for a role for a while after a failed one: each later operation of the role would
 * otherwise wait for the same failure, and STS has its own quota.
 */
function createRoleBackOff(monotonic: () => number) {
  const waits = new LRUCache<string, RoleWait>({ max: MAX_ROLES });
  return {
    /** The failure after which the role still waits; null: STS may be asked. */
    failureOf(roleArn: string): AppError | null {
      const wait = waits.get(roleArn);
      return wait !== undefined && monotonic() < wait.endsAt ? wait.error : null;
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
