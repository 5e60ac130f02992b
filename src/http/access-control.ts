// Access control: it checks the credential of a request, and counts operations before the body is read.
import type { Authenticator, Denied, Verdict } from '../auth/authenticator.js';
import type { ClientAddress } from '../auth/client-address.js';
import type { OperationLimiter, TooMany } from '../auth/operation-limiter.js';
import type { Caller } from '../domain/caller.js';
import { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import type { RequestInfo } from './route.js';
import { sendAppError } from './send-response.js';

export interface AccessControlOptions {
  readonly authenticator: Authenticator<Caller>;
  readonly addressOf: ClientAddress;
  /** null: off. */
  readonly limiter: OperationLimiter | null;
  readonly report: Report;
}

export type Access =
  | { readonly kind: 'admitted'; readonly caller: Caller }
  /** The answer is sent. */
  | { readonly kind: 'refused' };

export interface AccessControl {
  admit(request: RequestInfo): Promise<Access>;
  /** Counts an operation. False: it is above the limit, and the answer is sent. */
  count(request: RequestInfo, caller: Caller): Promise<boolean>;
}

export function createAccessControl(options: AccessControlOptions): AccessControl {
  const { authenticator, addressOf, limiter, report } = options;

  function refuse(request: RequestInfo, error: AppError): Access {
    report({ type: 'refusal', requestId: request.requestId, code: error.code });
    sendAppError(request, error);
    return REFUSED;
  }

  /** A caller with a name counts by that name alone: other requests from its address do not count for it. */
  async function isWithinLimit(request: RequestInfo, name: string | null): Promise<boolean> {
    if (limiter === null) return true;
    const tooMany = await (name === null
      ? limiter.countAddress(addressOf(...originOf(request)))
      : limiter.countCaller(name));
    if (tooMany !== null) refuse(request, asError(tooMany));
    return tooMany === null;
  }

  async function deny(request: RequestInfo, denied: Denied): Promise<Access> {
    if (!(await isWithinLimit(request, denied.client))) return REFUSED;
    // How to authenticate, never why the credential is wrong.
    request.res.setHeader('WWW-Authenticate', denied.challenge);
    return refuse(request, DENIALS[denied.status]);
  }

  async function settle(request: RequestInfo, verdict: Verdict<Caller>): Promise<Access> {
    if (verdict.kind === 'authenticated') return { kind: 'admitted', caller: verdict.identity };
    if (verdict.kind === 'denied') return deny(request, verdict);
    const { retryAfterMs } = verdict;
    // The sender did not cause this failure: it counts neither for a caller nor for an address.
    return refuse(request, new AppError('UPSTREAM_UNAVAILABLE', CANNOT_VERIFY, { retryAfterMs }));
  }

  return {
    async admit(request) {
      // A browser's cache must not give the answer of one caller to another.
      request.res.appendHeader('Vary', 'Authorization, X-Api-Key');
      const headers = request.req.headersDistinct;
      const recalled = authenticator.recall(headers);
      if (recalled !== null) return settle(request, recalled);
      // Verifying signatures is expensive: after too many wrong ones from an address, no more of them are verified.
      const spent = limiter?.isAddressSpent(addressOf(...originOf(request))) ?? null;
      if (spent !== null) return refuse(request, asError(spent));
      return settle(request, await authenticator.verify(headers));
    },
    count: (request, { name }) => isWithinLimit(request, name),
  };
}

const REFUSED: Access = { kind: 'refused' };
const CANNOT_VERIFY = 'Tokens cannot be verified now; try again later.';
const DENIALS = {
  401: new AppError('UNAUTHENTICATED', 'This needs a valid credential.'),
  403: new AppError('FORBIDDEN', 'Forbidden: this credential has no access.'),
};

function asError({ limit, measured, retryAfterMs }: TooMany): AppError {
  const message = `There were ${measured} operations in this second; ${limit} are allowed.`;
  return new AppError('RATE_LIMITED', message, { limit, measured, retryAfterMs });
}

/** The peer, and all values of X-Forwarded-For. */
function originOf({ req }: RequestInfo): Parameters<ClientAddress> {
  return [req.socket.remoteAddress ?? '', () => req.headersDistinct['x-forwarded-for'] ?? []];
}
