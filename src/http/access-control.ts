// Admits requests: it checks the credential and counts operations before the body is read.
import type { IncomingMessage } from 'node:http';
import type { Authenticator, Denied, Headers, Verdict } from '../auth/authenticator.js';
import type { ClientAddress } from '../auth/client-address.js';
import type { OperationLimiter, TooMany } from '../auth/operation-limiter.js';
import type { Caller } from '../domain/caller.js';
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { type MaybePromise, whenThere } from '../domain/maybe-promise.js';
import { sendAuthFailure } from './auth-failure.js';
import type { HttpResponse } from './http-response.js';
import { sendAppError } from './reply.js';

export interface AccessControlOptions {
  readonly authenticator: Authenticator<Caller>;
  readonly addressOf: ClientAddress;
  /** null: off. */
  readonly limiter: OperationLimiter | null;
  readonly report: Report;
}

export interface RequestInfo {
  readonly req: IncomingMessage;
  readonly res: HttpResponse;
  readonly requestId: string;
}

export interface AccessControl {
  /** null: the request is refused, and the answer is sent. */
  admit(request: RequestInfo): MaybePromise<Caller | null>;
  /** Counts an operation; false: it is above the limit, and the answer is sent. */
  count(request: RequestInfo, caller: Caller): MaybePromise<boolean>;
}

export function createAccessControl(options: AccessControlOptions): AccessControl {
  const { authenticator, addressOf, limiter, report } = options;

  function refuse({ res, requestId }: RequestInfo, error: AppError): void {
    report({ type: 'refusal', requestId, code: error.code });
    sendAppError(res, error);
  }

  function refuseTooMany(request: RequestInfo, { limit, measured, retryAfterMs }: TooMany): void {
    const message = `There were ${measured} operations in this second; ${limit} are allowed.`;
    refuse(request, new AppError('RATE_LIMITED', message, { limit, measured, retryAfterMs }));
  }

  /** A caller with a name counts by that name alone: other requests from its address do not count for it. */
  function isWithin(request: RequestInfo, name: string | null): MaybePromise<boolean> {
    if (limiter === null) return true;
    const counting =
      name === null
        ? limiter.countAddress(addressOf(...originOf(request.req)))
        : limiter.countCaller(name);
    return whenThere(counting, (tooMany) => {
      if (tooMany !== null) refuseTooMany(request, tooMany);
      return tooMany === null;
    });
  }

  function deny(request: RequestInfo, denied: Denied): MaybePromise<null> {
    return whenThere(isWithin(request, denied.client), (mayGoOn) => {
      if (!mayGoOn) return null;
      const code: ErrorCode = denied.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      report({ type: 'refusal', requestId: request.requestId, code });
      sendAuthFailure(request.res, denied);
      return null;
    });
  }

  function settle(request: RequestInfo, verdict: Verdict<Caller>): MaybePromise<Caller | null> {
    if (verdict.kind === 'authenticated') return verdict.identity;
    if (verdict.kind === 'denied') return deny(request, verdict);
    const { retryAfterMs } = verdict;
    // The sender did not cause this failure: it counts neither for a caller nor for an address.
    refuse(request, new AppError('UPSTREAM_UNAVAILABLE', CANNOT_VERIFY, { retryAfterMs }));
    return null;
  }

  return {
    admit(request) {
      // A browser's cache must not give the answer of one caller to another.
      request.res.varies = 'Authorization, X-Api-Key';
      const headers = credentialsOf(request.req);
      const recalled = authenticator.recall(headers);
      if (recalled !== null) return settle(request, recalled);
      // Verifying signatures is expensive: after too many wrong ones from an address, no more of them are verified.
      const spent = limiter?.isAddressSpent(addressOf(...originOf(request.req))) ?? null;
      if (spent === null)
        return authenticator.verify(headers).then((found) => settle(request, found));
      refuseTooMany(request, spent);
      return null;
    },
    count: (request, { name }) => isWithin(request, name),
  };
}

const CANNOT_VERIFY = 'Tokens cannot be verified now; try again later.';

/** The peer, and all values of X-Forwarded-For. */
function originOf({ socket, rawHeaders }: IncomingMessage): Parameters<ClientAddress> {
  const isForwardedFor = (_: string, index: number) =>
    index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'x-forwarded-for';
  return [socket.remoteAddress ?? '', () => rawHeaders.filter(isForwardedFor)];
}

/** Few other headers have these lengths, so few names have to be put in lower case. */
const LENGTHS: ReadonlySet<number> = new Set(['x-api-key'.length, 'authorization'.length]);

/** The same values as node's `headersDistinct`, which takes as long to build as all other work of this file. */
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
