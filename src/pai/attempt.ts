// One attempt of one operation: it signs and sends the request, classifies the response and reports one event. It does
// not retry.
import { randomUUID } from 'node:crypto';
import type { CredentialSource } from '../domain/credentials.js';
import type { Event, Report } from '../domain/events.js';
import type { JsonObject } from '../lib/json.js';
import { untilAborted } from '../lib/time.js';
import { classifyResponse, isOfOldKeys, withRetryable } from './classify.js';
import type { PaiClock } from './clock-skew.js';
import { createHttpClient, failureOf, type HttpRequest, type HttpResponse } from './http-client.js';
import type { PaiRequest } from './request.js';
import { canonicalQuery, signedHeaders } from './sign.js';

export type Transport = ReturnType<typeof createTransport>;

export interface SendOptions extends Pick<HttpRequest, 'isNewConnection' | 'onSent'> {
  readonly signal: AbortSignal;
  readonly credentials: CredentialSource;
  /** The id of the operation, for the log. */
  readonly requestId?: string;
}

export interface TransportOptions {
  readonly baseUrl: string;
  /** Limits one attempt, body included. */
  readonly timeoutMs: number;
  readonly maxSockets: number;
  /** The date of a request, in milliseconds since the epoch. */
  readonly now?: () => number;
  readonly nonce?: () => string;
}

export function createTransport(options: TransportOptions) {
  const { baseUrl, timeoutMs, maxSockets, now = Date.now } = options;
  const { nonce = () => randomUUID().replaceAll('-', '') } = options;
  const { host } = new URL(baseUrl);
  const serverName = 'model registry';
  const client = createHttpClient({ serverName, maxMegabytes: 8, timeoutMs, maxSockets });
  return {
    /** Throws an AppError when no whole response comes, or the reason of the signal. */
    async send(request: PaiRequest, options: SendOptions): Promise<HttpResponse> {
      const { signal, requestId, credentials, ...sending } = options;
      signal.throwIfAborted();
      const keys = await untilAborted(credentials.get(requestId), signal);
      const headers = signedHeaders(request, host, keys, { now: new Date(now()), nonce: nonce() });
      const query = canonicalQuery(request.query);
      const url = `${baseUrl}${request.pathname}${query && `?${query}`}`;
      return client.send({ ...sending, url, headers, signal });
    },
    close: client.close,
  };
}

export interface Fetched<T> {
  readonly value: T;
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
  Event<'upstream_attempt'>,
  'outcome' | 'cause' | 'upstreamRequestId' | 'upstreamCode'
>;

/** null: PAI says that the requested object does not exist. Throws an AppError for any other failure. */
export async function attemptOnce(
  request: PaiRequest,
  { transport, credentials, clock, report, now }: AttemptOptions,
  sending: Omit<SendOptions, 'credentials'> & { readonly requestId: string },
): Promise<Fetched<JsonObject> | null> {
  const { operation } = request;
  const { requestId, signal } = sending;
  const startedAt = now();
  const signedAt = clock.now();
  const end = (outcome: Outcome) => {
    const durationMs = now() - startedAt;
    report({ type: 'upstream_attempt', operation, durationMs, requestId, ...outcome });
  };
  try {
    const response = await transport.send(request, { ...sending, credentials });
    const result = classifyResponse(response, request.isAnswer);
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
