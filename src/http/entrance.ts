// Who comes in: the credential is checked, and operations are counted, before anything is read.
import type { IncomingMessage } from 'node:http';
import { type Denial, type Headers, isDenial } from '../auth/authenticator.js';
import type { OperationLimiter, TooMany } from '../auth/operation-limiter.js';
import type { Caller } from '../domain/caller.js';
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { isPromise, type MaybePromise } from '../domain/maybe-promise.js';
import type { Answer } from './answer.js';
import { sendDenial } from './denial.js';
import { sendAppError } from './reply.js';

export interface EntranceOptions {
  readonly authenticate: (headers: Headers) => MaybePromise<Caller | Denial>;
  /** null: off. */
  readonly limiter: OperationLimiter | null;
  readonly report: Report;
}

export interface Visit {
  readonly req: IncomingMessage;
  readonly res: Answer;
  readonly requestId: string;
}

export interface Entrance {
  /** null: turned away, and answered. */
  admit(visit: Visit): Promise<Caller | null>;
  /** Counts an operation; false: one too many, and answered. */
  count(visit: Visit, caller: Caller): Promise<boolean>;
}

export function createEntrance({ authenticate, limiter, report }: EntranceOptions): Entrance {
  function refuse({ res, requestId }: Visit, { limit, measured, retryAfterMs }: TooMany): void {
    report({ type: 'refusal', requestId, code: 'RATE_LIMITED' });
    const message = `There were ${measured} operations in this second; ${limit} are allowed.`;
    sendAppError(res, new AppError('RATE_LIMITED', message, { limit, measured, retryAfterMs }));
  }

  const addressOf = ({ req }: Visit) => req.socket.remoteAddress ?? '';

  return {
    async admit(visit) {
      // A browser's cache must not answer one caller with what another has seen.
      visit.res.varies = 'Authorization, X-Api-Key';
      const outcome = authenticate(credentialsOf(visit.req));
      const caller = isPromise(outcome) ? await outcome : outcome;
      if (!isDenial(caller)) return caller;
      // Whoever tries keys is counted, too.
      const tooMany = (await limiter?.take(null, addressOf(visit))) ?? null;
      if (tooMany !== null) {
        refuse(visit, tooMany);
        return null;
      }
      const code: ErrorCode = caller.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      report({ type: 'refusal', requestId: visit.requestId, code });
      sendDenial(visit.res, caller);
      return null;
    },
    async count(visit, { lane }) {
      const tooMany = (await limiter?.take(lane, addressOf(visit))) ?? null;
      if (tooMany !== null) refuse(visit, tooMany);
      return tooMany === null;
    },
  };
}

/** As node's `headersDistinct` has them, which takes as long to build as all else that is done here. */
function credentialsOf({ rawHeaders }: IncomingMessage): Headers {
  const found: Record<string, string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name !== 'authorization' && name !== 'x-api-key') continue;
    const values = found[name] ?? [];
    values.push(rawHeaders[index + 1] ?? '');
    found[name] = values;
  }
  return found;
}
