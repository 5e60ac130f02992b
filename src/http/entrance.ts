// Who comes in: the credential is checked, and operations are counted, before anything is read.
import type { IncomingMessage } from 'node:http';
import { type Denial, type Headers, isDenial } from '../auth/authenticator.js';
import type { OperationLimiter, TooMany } from '../auth/operation-limiter.js';
import type { Caller } from '../domain/caller.js';
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { type MaybePromise, whenThere } from '../domain/maybe-promise.js';
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
  admit(visit: Visit): MaybePromise<Caller | null>;
  /** Counts an operation; false: one too many, and answered. */
  count(visit: Visit, caller: Caller): MaybePromise<boolean>;
}

export function createEntrance({ authenticate, limiter, report }: EntranceOptions): Entrance {
  function refuse({ res, requestId }: Visit, { limit, measured, retryAfterMs }: TooMany): void {
    report({ type: 'refusal', requestId, code: 'RATE_LIMITED' });
    const message = `There were ${measured} operations in this second; ${limit} are allowed.`;
    sendAppError(res, new AppError('RATE_LIMITED', message, { limit, measured, retryAfterMs }));
  }

  function isWithin(
    counter: OperationLimiter,
    name: string | null,
    visit: Visit,
  ): MaybePromise<boolean> {
    return whenThere(counter.take(name, visit.req.socket.remoteAddress ?? ''), (tooMany) => {
      if (tooMany !== null) refuse(visit, tooMany);
      return tooMany === null;
    });
  }

  function deny(visit: Visit, denial: Denial): MaybePromise<null> {
    // Whoever tries keys is counted, too.
    const counting = limiter === null || isWithin(limiter, null, visit);
    return whenThere(counting, (mayGoOn) => {
      if (!mayGoOn) return null;
      const code: ErrorCode = denial.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      report({ type: 'refusal', requestId: visit.requestId, code });
      sendDenial(visit.res, denial);
      return null;
    });
  }

  return {
    admit(visit) {
      // A browser's cache must not answer one caller with what another has seen.
      visit.res.varies = 'Authorization, X-Api-Key';
      return whenThere(authenticate(credentialsOf(visit.req)), (outcome) =>
        isDenial(outcome) ? deny(visit, outcome) : outcome,
      );
    },
    count: (visit, { name }) => limiter === null || isWithin(limiter, name, visit),
  };
}

/** Hardly any other header has to be put in lower case. */
const LENGTHS: ReadonlySet<number> = new Set(['x-api-key'.length, 'authorization'.length]);

/** As node's `headersDistinct` has them, which takes as long to build as all else that is done here. */
function credentialsOf({ rawHeaders }: IncomingMessage): Headers {
  const found: Record<string, string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const sent = rawHeaders[index] ?? '';
    if (!LENGTHS.has(sent.length)) continue;
    const name = sent.toLowerCase();
    if (name !== 'authorization' && name !== 'x-api-key') continue;
    const values = found[name] ?? [];
    values.push(rawHeaders[index + 1] ?? '');
    found[name] = values;
  }
  return found;
}
