// One attempt of one operation, from the request to its JSON object, reported as one event.

import type { CredentialSource } from '../domain/credentials.js';
import { AppError } from '../domain/errors.js';
import type { Event, Report } from '../domain/events.js';
import type { JsonObject } from '../domain/model.js';
import { readAnswer } from './answer.js';
import type { PaiClock } from './clock-skew.js';
import { isOfOldKeys } from './failure.js';
import type { PaiRequest } from './request.js';
import type { Sending, Transport } from './transport.js';
import { wireCauseOf } from './wire-failure.js';

export interface Whole {
  readonly body: JsonObject;
  readonly requestId: string | null;
  /** By the monotonic clock. */
  readonly fetchedAt: number;
}

export interface AttemptOptions {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  /** The clock that dates the requests. */
  readonly clock: PaiClock;
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
}

type Outcome = Pick<
  Extract<Event, { type: 'upstream_attempt' }>,
  'outcome' | 'cause' | 'upstreamRequestId' | 'upstreamCode'
>;

export interface OneAttempt extends Omit<Sending, 'credentials'> {
  readonly requestId: string;
}

/** null: PAI says that the requested object does not exist. Throws an AppError for any other failure. */
export async function attemptOnce(
  request: PaiRequest,
  hasShape: (body: JsonObject) => boolean,
  { transport, credentials, clock, report, now }: AttemptOptions,
  sending: OneAttempt,
): Promise<Whole | null> {
  const startedAt = now();
  const signedAt = clock.now();
  const end = ({ outcome, cause, upstreamRequestId, upstreamCode }: Outcome) =>
    report({
      type: 'upstream_attempt',
      operation: request.operation,
      durationMs: now() - startedAt,
      outcome,
      cause,
      requestId: sending.requestId,
      upstreamRequestId,
      upstreamCode,
    });
  try {
    const response = await transport.send(request, { ...sending, credentials });
    const answer = readAnswer(response, hasShape);
    if (answer instanceof AppError) {
      throw clock.learn({ error: answer, response, signedAt }) ? asRetryable(answer) : answer;
    }
    if (answer.kind === 'not_found') {
      end({ outcome: 'NOT_FOUND' });
      return null;
    }
    const { body, upstreamRequestId } = answer;
    end({ outcome: 'OK', upstreamRequestId });
    return { body, requestId: upstreamRequestId ?? null, fetchedAt: now() };
  } catch (error) {
    end(outcomeOf(error, sending.signal));
    throw isOfOldKeys(error) && credentials.refresh() ? asRetryable(error) : error;
  }
}

function asRetryable({ code, message, details, cause }: AppError): AppError {
  return new AppError(code, message, { ...details, retryable: true }, { cause });
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return { outcome: 'CANCELLED' };
  if (!(error instanceof AppError)) return { outcome: 'INTERNAL_SERVER_ERROR' };
  const { upstreamRequestId, upstreamCode } = error.details;
  return { outcome: error.code, cause: wireCauseOf(error), upstreamRequestId, upstreamCode };
}
