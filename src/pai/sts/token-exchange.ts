// Exchanges a caller's OIDC token for temporary keys at STS, over the wire with got; it remembers nothing.
import { AppError, codeOf } from '../../domain/errors.js';
import type { Event, Report } from '../../domain/events.js';
import { createStreamClient } from '../stream-client.js';
import { readWhole } from '../whole-response.js';
import { isStale, type Peer, wireCauseOf, wireError } from '../wire-failure.js';
import { roleSessionName } from './session-name.js';
import { readStsAnswer, type StsSuccess, type TemporaryCredentials } from './sts-answer.js';

const STS: Peer = { name: 'token service', maxMegabytes: 1 };
const MAX_SOCKETS = 16;
const DURATION_SECONDS = 3600;

/** A person, or a program, whose token was verified before. */
export interface CallerToken {
  readonly token: string;
  readonly subject: string;
  readonly issuer: string;
  readonly roleArn: string;
  /** Milliseconds since the epoch. */
  readonly tokenExpiresAt: number;
  /** The id of the operation that needs the keys, for the log. */
  readonly requestId?: string | undefined;
}

export interface TokenExchangeOptions {
  /** The base URL. */
  readonly stsEndpoint: string;
  readonly oidcProviderArn: string;
  /** 900 to 3600, the default, or to the maximum that the roles allow. */
  readonly durationSeconds?: number;
  /** Limits one attempt, body included. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set; performance.now when absent. */
  readonly monotonic?: () => number;
  readonly report?: Report;
}

type Outcome = Omit<
  Extract<Event, { type: 'token_exchange' }>,
  'type' | 'durationMs' | 'requestId'
>;

export interface TokenExchange {
  /** Throws an AppError that reveals nothing of token, role, host or answer and is not retryable. */
  exchange(caller: CallerToken): Promise<TemporaryCredentials>;
  close(): void;
}

export function createTokenExchange(options: TokenExchangeOptions): TokenExchange {
  const { stsEndpoint, oidcProviderArn, durationSeconds = DURATION_SECONDS } = options;
  const { now, timeoutMs, report = () => {} } = options;
  const { monotonic = () => performance.now() } = options;
  const client = createStreamClient(MAX_SOCKETS);

  async function attempt(caller: CallerToken, isNewConnection: boolean): Promise<StsSuccess> {
    const stream = client.stream(isNewConnection).post(`${stsEndpoint}/?${operationQuery(now())}`, {
      // In the body and not in the URL, which a proxy may log.
      form: {
        OIDCProviderArn: oidcProviderArn,
        OIDCToken: caller.token,
        RoleArn: caller.roleArn,
        RoleSessionName: roleSessionName(caller.issuer, caller.subject),
        DurationSeconds: durationSeconds,
      },
    });
    const answer = readStsAnswer(await readWhole(stream, STS, { timeoutMs }), now());
    if (answer instanceof AppError) throw answer;
    return answer;
  }

  async function reported(
    caller: CallerToken,
    isNewConnection: boolean,
  ): Promise<TemporaryCredentials> {
    const startedAt = monotonic();
    const { requestId = null } = caller;
    const end = (outcome: Outcome) => {
      const durationMs = monotonic() - startedAt;
      report({ type: 'token_exchange', durationMs, requestId, ...outcome });
    };
    try {
      const { issued, upstreamRequestId } = await attempt(caller, isNewConnection);
      end({ outcome: 'OK', upstreamRequestId });
      return issued;
    } catch (error) {
      const failure = wireError(error, STS);
      const { upstreamRequestId, upstreamCode } = failure.details;
      const cause = wireCauseOf(failure);
      end({ outcome: failure.code, cause, upstreamRequestId, upstreamCode });
      throw failure;
    }
  }

  return {
    async exchange(caller) {
      const ask = () => overStale((isNewConnection) => reported(caller, isNewConnection));
      try {
        return await ask();
      } catch (error) {
        if (codeOf(error) !== 'UPSTREAM_UNAVAILABLE') throw asNotRetryable(error);
        return await ask().catch((again: unknown) => {
          throw asNotRetryable(again);
        });
      }
    },
    close: client.close,
  };
}

/** AssumeRoleWithOIDC only gives another set of keys, so the request may reach STS twice. */
async function overStale<T>(attempt: (isNewConnection: boolean) => Promise<T>): Promise<T> {
  try {
    return await attempt(false);
  } catch (error) {
    if (!isStale(error)) throw error;
    return attempt(true);
  }
}

/** The parameters of every STS operation; without Format, STS would answer in XML. */
function operationQuery(now: number): URLSearchParams {
  return new URLSearchParams({
    Action: 'AssumeRoleWithOIDC',
    Format: 'JSON',
    Timestamp: new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    Version: '2015-04-01',
  });
}

/** Otherwise the registry's own retries would multiply these, and its breaker would count an STS failure as PAI's. */
function asNotRetryable(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const details = { ...error.details, retryable: false };
  return new AppError(error.code, error.message, details, { cause: error.cause });
}
