// Access control: it authenticates a request and counts its operations, before the body is read. An AppError that it
// throws is the response to a request that it refuses.
import type { Authenticate } from '../auth/authenticator.js';
import type { ClientAddress } from '../auth/client-address.js';
import type { LimitExceeded, OperationLimiter } from '../auth/operation-limiter.js';
import type { Caller } from '../domain/caller.js';
import { AppError } from '../domain/errors.js';
import type { RequestInfo } from './route.js';
import { addVary } from './send-response.js';

export interface AccessControlOptions {
  readonly authenticate: Authenticate;
  readonly addressOf: ClientAddress;
  /** null: off. */
  readonly limiter: OperationLimiter | null;
}

export interface AccessControl {
  authenticate(request: RequestInfo): Promise<Caller>;
  /** Counts an operation of this caller. */
  count(request: RequestInfo, caller: Caller): Promise<void>;
}

export function createAccessControl(options: AccessControlOptions): AccessControl {
  const { authenticate, limiter } = options;
  const addressOf = ({ req }: RequestInfo) =>
    options.addressOf(req.socket.remoteAddress ?? '', req.headersDistinct['x-forwarded-for'] ?? []);

  /** A caller with a name counts by that name alone: other requests from its address do not count for it. */
  async function count(request: RequestInfo, name: string | null): Promise<void> {
    if (limiter === null) return;
    const exceeded = await (name === null
      ? limiter.countAddress(addressOf(request))
      : limiter.countCaller(name));
    if (exceeded !== null) throw rateLimited(exceeded);
  }

  return {
    async authenticate(request) {
      const { req, head } = request;
      // A browser's cache must not give the answer of one caller to another.
      addVary(request, 'Authorization, X-API-Key, Accept, Accept-Encoding');
      const result = await authenticate({
        headers: req.headersDistinct,
        // After too many wrong signatures from an address, no more of them are verified.
        verificationLimit: () => limiter?.addressLimit(addressOf(request)) ?? null,
      });
      switch (result.kind) {
        case 'authenticated':
          return result.caller;
        case 'denied':
          await count(request, result.client);
          // How to authenticate, never why the credential is not valid.
          head['www-authenticate'] = result.challenge;
          throw AUTH_FAILURES[result.status];
        case 'rate_limited':
          throw rateLimited(result.exceeded);
        case 'unavailable': {
          // The sender did not cause this failure: it counts neither for a caller nor for an address.
          const { retryAfterMs } = result;
          throw new AppError('UPSTREAM_UNAVAILABLE', CANNOT_VERIFY, { retryAfterMs });
        }
      }
    },
    count: (request, { name }) => count(request, name),
  };
}

const CANNOT_VERIFY = 'Tokens cannot be verified now; try again later.';
const AUTH_FAILURES = {
  401: new AppError('UNAUTHENTICATED', 'This needs a valid credential.'),
  403: new AppError('FORBIDDEN', 'Forbidden: this credential has no access.'),
};

function rateLimited({ limit, measured, retryAfterMs }: LimitExceeded): AppError {
  const message = `There were ${measured} operations in this second; ${limit} are allowed.`;
  return new AppError('RATE_LIMITED', message, { limit, measured, retryAfterMs });
}
