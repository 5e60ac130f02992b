// Access control: it checks the credential of a request, and counts operations before the body is read.
import type { Authenticator, AuthFailure } from '../auth/authenticator.js';
import type { ClientAddress } from '../auth/client-address.js';
import type { LimitExceeded, OperationLimiter } from '../auth/operation-limiter.js';
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
  const { authenticator, limiter, report } = options;
  const addressOf = ({ req }: RequestInfo) =>
    options.addressOf(req.socket.remoteAddress ?? '', req.headersDistinct['x-forwarded-for'] ?? []);

  function refuse(request: RequestInfo, error: AppError): Access {
    report({ type: 'refusal', requestId: request.requestId, code: error.code });
    sendAppError(request, error);
    return REFUSED;
  }

  /** A caller with a name counts by that name alone: other requests from its address do not count for it. */
  async function isWithinLimit(request: RequestInfo, name: string | null): Promise<boolean> {
    if (limiter === null) return true;
    const exceeded = await (name === null
      ? limiter.countAddress(addressOf(request))
      : limiter.countCaller(name));
    if (exceeded !== null) refuse(request, rateLimited(exceeded));
    return exceeded === null;
  }

  async function deny(request: RequestInfo, failure: AuthFailure): Promise<Access> {
    if (!(await isWithinLimit(request, failure.client))) return REFUSED;
    // How to authenticate, never why the credential is not valid.
    request.res.setHeader('WWW-Authenticate', failure.challenge);
    return refuse(request, AUTH_FAILURES[failure.status]);
  }

  return {
    async admit(request) {
      // A browser's cache must not give the answer of one caller to another.
      request.res.appendHeader('Vary', 'Authorization, X-Api-Key');
      const result = await authenticator.authenticate({
        headers: request.req.headersDistinct,
        // After too many wrong signatures from an address, no more of them are verified.
        verificationLimit: () => limiter?.addressLimit(addressOf(request)) ?? null,
      });
      switch (result.kind) {
        case 'authenticated':
          return { kind: 'admitted', caller: result.identity };
        case 'denied':
          return deny(request, result);
        case 'rate_limited':
          return refuse(request, rateLimited(result.exceeded));
        case 'unavailable': {
          // The sender did not cause this failure: it counts neither for a caller nor for an address.
          const { retryAfterMs } = result;
          return refuse(
            request,
            new AppError('UPSTREAM_UNAVAILABLE', CANNOT_VERIFY, { retryAfterMs }),
          );
        }
      }
    },
    count: (request, { name }) => isWithinLimit(request, name),
  };
}

const REFUSED: Access = { kind: 'refused' };
const CANNOT_VERIFY = 'Tokens cannot be verified now; try again later.';
const AUTH_FAILURES = {
  401: new AppError('UNAUTHENTICATED', 'This needs a valid credential.'),
  403: new AppError('FORBIDDEN', 'Forbidden: this credential has no access.'),
};

function rateLimited({ limit, measured, retryAfterMs }: LimitExceeded): AppError {
  const message = `There were ${measured} operations in this second; ${limit} are allowed.`;
  return new AppError('RATE_LIMITED', message, { limit, measured, retryAfterMs });
}
