// Gives each caller the temporary keys of its role; they stay in this process only until shortly before they expire.
import { LRUCache } from 'lru-cache';
import type {
  AskedCredentialSource,
  CredentialStatus,
  Credentials,
} from '../../domain/credentials.js';
import { codeOf } from '../../domain/errors.js';
import { createStatusRecord } from '../credential-status.js';
import { createRoleBackOff } from './role-back-off.js';
import { isTokenRefused, stsFailure, type TemporaryCredentials } from './sts-answer.js';
import {
  type CallerToken,
  createTokenExchange,
  type TokenExchange,
  type TokenExchangeOptions,
} from './token-exchange.js';

export interface CallerCredentials {
  /** Makes no request to STS before the first get(). */
  sourceFor(caller: CallerToken): AskedCredentialSource;
  /** Whether STS answered the latest request; a refusal of one caller is not a failure of STS. */
  status(): CredentialStatus;
  close(): void;
}

export interface CallerCredentialsOptions extends TokenExchangeOptions {
  /** The number of callers whose keys are remembered; 5000 when absent. */
  readonly maxCallers?: number;
}

interface Held {
  readonly credentials: Credentials;
  /** The time from which the keys are renewed, while they are still given out. */
  readonly renewAt: number;
  /** The time from which the keys are not given out any more. */
  readonly endsAt: number;
}

/** One exchange in progress and the token that it presents. */
interface PendingExchange {
  readonly token: string;
  readonly answer: Promise<Credentials>;
}

const MAX_CALLERS = 5000;
const RENEW_AHEAD_MS = 5 * 60_000;
const RENEW_AHEAD_PART = 1 / 5;
/** The travel time of a request that is signed at the last moment. */
const LAST_MOMENT_MS = 10_000;

export function createCallerCredentials(options: CallerCredentialsOptions): CallerCredentials {
  const exchange = createTokenExchange(options);
  const keyring = createKeyring(options, exchange);
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
            given = await keyring.obtain(name, { ...caller, requestId });
            return given;
          } catch (error) {
            failure = { error };
            throw error;
          }
        },
        refresh() {
          failure = undefined;
          keyring.drop(name, given);
          return true;
        },
        status: keyring.status,
      };
    },
    status: keyring.status,
    close: exchange.close,
  };
}

interface Keyring {
  obtain(name: string, caller: CallerToken): Promise<Credentials>;
  /** Drops the keys unless others have replaced `given`; without `given`, drops any keys of this name. */
  drop(name: string, given: Credentials | undefined): void;
  status(): CredentialStatus;
}

function createKeyring(options: CallerCredentialsOptions, { exchange }: TokenExchange): Keyring {
  const { now, maxCallers = MAX_CALLERS, monotonic = () => performance.now() } = options;
  const backOff = createRoleBackOff(monotonic);
  const heldBy = new LRUCache<string, Held>({ max: maxCallers });
  const flights = new Map<string, PendingExchange>();
  const status = createStatusRecord(options.report ?? (() => {}));

  function begin(name: string, caller: CallerToken): PendingExchange {
    const answer = fly(name, caller).finally(() => flights.delete(name));
    const pending = { token: caller.token, answer };
    flights.set(name, pending);
    return pending;
  }

  async function fly(name: string, caller: CallerToken): Promise<Credentials> {
    const { roleArn } = caller;
    const failure = backOff.failureOf(roleArn);
    if (failure !== null) throw failure;
    try {
      const issued = await exchange(caller);
      heldBy.set(name, toHeld(issued, now()));
      backOff.succeeded(roleArn);
      status.settle(null);
      return issued.credentials;
    } catch (error) {
      const isRefused = codeOf(error) === 'FORBIDDEN';
      backOff.failed(roleArn, error);
      // STS no longer allows this caller the keys that it gave before.
      if (isRefused && !isTokenRefused(error)) heldBy.delete(name);
      status.settle(isRefused ? null : 'STS gives no keys.');
      throw error;
    }
  }

  async function board(name: string, caller: CallerToken): Promise<Credentials> {
    const pending = flights.get(name) ?? begin(name, caller);
    try {
      return await pending.answer;
    } catch (error) {
      // The flight may present an older token of the same subject.
      const isOwn = pending.token === caller.token;
      if (isOwn || !isTokenRefused(error)) throw error;
      return board(name, caller);
    }
  }

  return {
    async obtain(name, caller) {
      const held = heldBy.get(name);
      const isOver = caller.tokenExpiresAt <= now();
      if (held === undefined || now() >= held.endsAt) {
        if (isOver) throw stsFailure('FORBIDDEN');
        return board(name, caller);
      }
      // In the background, so that no caller waits and an STS failure has an effect only when the keys end.
      if (now() >= held.renewAt && !isOver) board(name, caller).catch(() => {});
      return held.credentials;
    },
    drop(name, given) {
      const held = heldBy.peek(name);
      if (given === undefined || held?.credentials === given) heldBy.delete(name);
    },
    status: status.last,
  };
}

/** Keys belong to one subject in one role: any other subject or role has another name. */
function nameOf({ roleArn, issuer, subject }: CallerToken): string {
  return JSON.stringify([roleArn, issuer, subject]);
}

function toHeld({ credentials, expiresAt }: TemporaryCredentials, now: number): Held {
  const ahead = Math.min(RENEW_AHEAD_MS, (expiresAt - now) * RENEW_AHEAD_PART);
  return { credentials, renewAt: expiresAt - ahead, endsAt: expiresAt - LAST_MOMENT_MS };
}
