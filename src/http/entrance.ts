// Who comes in: the credential is checked, and operations are counted, before anything is read.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Denial, type Headers, isDenial } from '../auth/authenticator.js';
import type { OperationLimiter, TooMany } from '../auth/operation-limiter.js';
import type { Caller } from '../domain/caller.js';
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { sendDenial } from './denial.js';
import { sendAppError } from './reply.js';

export interface EntranceOptions {
  readonly authenticate: (headers: Headers) => Promise<Caller | Denial>;
  /** null: off. */
  readonly limiter: OperationLimiter | null;
  readonly report: Report;
}

export interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
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
      visit.res.appendHeader('vary', 'Authorization, X-Api-Key');
      const caller = await authenticate(visit.req.headersDistinct);
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
