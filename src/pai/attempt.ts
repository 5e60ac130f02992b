// One attempt of a call: it sends the request, classifies the response and reports one event. It does not retry.
import type { Event, Report } from '../domain/events.js';
import type { Origin } from '../domain/span.js';
import type { JsonObject } from '../lib/json.js';
import { failureOf } from '../net/http-client.js';
import { classifyResponse, isOfOldKeys, withRetryable } from './classify.js';
import type { PaiClock } from './clock-skew.js';
import { type PaiRequest, URL_TEMPLATES } from './request.js';
import type { SendOptions, Transport } from './transport.js';

export interface Fetched<T> {
  readonly value: T;
  readonly requestId: string | null;
  /** By the monotonic clock. */
  readonly fetchedAt: number;
}

export interface AttemptOptions {
  readonly transport: Transport;
  /** The clock that dates the requests. */
  readonly clock: PaiClock;
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
}

type AttemptEnd = Pick<
  Event<'upstream_attempt'>,
  'outcome' | 'cause' | 'upstreamRequestId' | 'upstreamCode'
>;

interface Sending extends SendOptions {
  readonly origin: Origin;
  /** The name of the caller. */
  readonly caller: string | null;
  /** The attempts of the call before this one. */
  readonly resendCount: number;
}

/** null: PAI says that the requested object does not exist. Throws an AppError for any other failure. */
export async function attemptOnce(
  request: PaiRequest,
  { transport, clock, report, now }: AttemptOptions,
  { origin, caller, resendCount, ...sending }: Sending,
): Promise<Fetched<JsonObject> | null> {
  const { operation } = request;
  const { requestId } = origin;
  const { signal, credentials } = sending;
  const span = beginSpan(request, transport, origin, resendCount);
  const startedAt = now();
  const signedAt = clock.now();
  const end = (attemptEnd: AttemptEnd) => {
    const durationMs = now() - startedAt;
    const asked = { requestId, caller, span };
    report({ type: 'upstream_attempt', operation, durationMs, ...asked, ...attemptEnd });
  };
  try {
    const response = await transport.send(request, { ...sending, origin: { requestId, span } });
    span?.set({ 'http.response.status_code': response.status });
    const result = classifyResponse(response, request);
    if (result.kind === 'failed') {
      const { error } = result;
      throw clock.learn({ error, response, signedAt }) ? withRetryable(error, true) : error;
    }
    if (result.kind === 'not_found') {
      end({ outcome: 'NOT_FOUND' });
      return null;
    }
    const { body, upstreamRequestId } = result;
    end({ outcome: 'OK', upstreamRequestId });
    return { value: body, requestId: upstreamRequestId ?? null, fetchedAt: now() };
  } catch (error) {
    end(signal.aborted ? { outcome: 'CANCELLED' } : failureOf(error));
    throw isOfOldKeys(error) && credentials.refresh() ? withRetryable(error, true) : error;
  }
}

function beginSpan(
  { operation }: PaiRequest,
  { server }: Transport,
  { span }: Origin,
  resendCount: number,
) {
  const template = URL_TEMPLATES[operation];
  return span?.begin(`GET ${template}`, {
    isClient: true,
    attributes: {
      'http.request.method': 'GET',
      'url.template': template,
      ...server,
      // By the conventions it is left out of a first request.
      'http.request.resend_count': resendCount === 0 ? undefined : resendCount,
    },
  });
}
