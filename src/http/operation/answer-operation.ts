// Answers a request that has arrived whole: from the memo, by a prepared operation, or by Apollo.
import type { IncomingMessage } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { CacheDependency, RequestCacheControl } from '../../domain/call.js';
import type { Caller } from '../../domain/caller.js';
import { type MaybePromise, whenThere } from '../../domain/maybe-promise.js';
import type { Context } from '../../graphql/context.js';
import type { ResponseRoom } from '../../graphql/limits/response-size.js';
import type { ReadyRequest } from '../../graphql/prepared/run-prepared.js';
import { WIRE_ENCODING } from '../../graphql/prepared/wire-text.js';
import type { RequestContext } from '../route.js';
import { send } from '../send-response.js';
import { admitDocument, type DocumentRules } from './admit-document.js';
import { RequestDeadline } from './deadline.js';
import type { FastAnswer } from './fast-answer.js';
import type { FastPath, Slot } from './fast-path.js';
import type { PlainRequest } from './plain-request.js';
import type { RequestText } from './request-text.js';
import type { UpstreamOptions } from './upstream-options.js';

export interface OperationRequest {
  readonly requestId: string;
  readonly startedAt: number;
  readonly caller: Caller;
  readonly deadline: { readonly signal: AbortSignal };
  /** On the monotonic clock. */
  readonly deadlineAt: number;
  readonly cacheControl: RequestCacheControl;
  /** The number of upstream calls that the caller allows; null: not given. */
  readonly budget: number | null;
  /** Explain the operation instead of running it. */
  readonly isExplain: boolean;
  /** Collects the parts of the cache that the operation reads. */
  readonly parts: CacheDependency[] | null;
  /** The memory for the bytes of the response. */
  readonly room: ResponseRoom;
}

export type CreateContext = (request: OperationRequest) => Context;

export interface AnswerOptions extends DocumentRules {
  readonly server: ApolloServer<Context>;
  readonly createContext: CreateContext;
  readonly timeoutMs: number;
  /** The monotonic clock. */
  readonly now: () => number;
  readonly fastPath: FastPath;
}

export interface Arrived {
  /** The search of a GET, the body of a POST. */
  readonly text: RequestText;
  readonly cacheControl: RequestCacheControl;
  readonly upstreamOptions: UpstreamOptions;
  readonly startedAt: number;
  readonly plain: PlainRequest | null;
}

/** Answers from the memo without a promise, where the caller's access is known immediately. */
export function answerOperation(
  requestContext: RequestContext,
  arrived: Arrived,
  options: AnswerOptions,
): MaybePromise<void> {
  const { fastPath } = options;
  const { requestId, caller } = requestContext;
  const finding = arrived.plain && fastPath.slotOf(arrived.plain, { caller, requestId });
  return whenThere(finding, (slot): MaybePromise<void> => {
    const recalled = slot && fastPath.recall(slot, requestId);
    if (!recalled) return run(requestContext, arrived, slot, options);
    sendFast(requestContext, recalled);
  });
}

interface Running {
  readonly requestContext: RequestContext;
  readonly text: string;
  readonly slot: Slot | null;
  readonly context: Context;
}

/** A request that was prepared before runs at once. Any other, or one that the fast path leaves, is run whole. */
function run(
  requestContext: RequestContext,
  arrived: Arrived,
  slot: Slot | null,
  options: AnswerOptions,
): MaybePromise<void> {
  const context = openContext(requestContext, arrived, slot, options);
  const running = { requestContext, text: arrived.text.text, slot, context };
  const known = slot && options.fastPath.find(slot);
  if (!known) return runWhole(running, options, true);
  return whenThere(runFast(running, options, known), (isAnswered) =>
    isAnswered ? undefined : runWhole(running, options, false),
  );
}

async function runWhole(
  running: Running,
  options: AnswerOptions,
  mayPrepare: boolean,
): Promise<void> {
  const { requestContext, text, slot, context } = running;
  const { server, fastPath } = options;
  const admitted = admitDocument(requestContext, text, options);
  if (admitted === null) return;
  const ready = slot && mayPrepare ? fastPath.prepare(slot, admitted) : null;
  if (ready && (await runFast(running, options, ready))) return;
  // Prepared operations do the same, so that both report the same cost.
  if (slot) await fastPath.open(context);
  const response = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { ...admitted, headers: headersOf(requestContext.req) },
    context: async () => context,
  });
  if (slot) fastPath.keep(slot, response, context);
  write(requestContext, response);
}

/** false: Apollo has to run the request. */
function runFast(
  { requestContext, slot, context }: Running,
  { fastPath }: AnswerOptions,
  ready: ReadyRequest,
): MaybePromise<boolean> {
  if (slot === null) return false;
  return whenThere(fastPath.run(slot, ready, context), (answer) => {
    if (answer) sendFast(requestContext, answer);
    return answer !== null;
  });
}

function openContext(
  { res, memory, requestId, caller }: RequestContext,
  { cacheControl, upstreamOptions: { budget, isExplain }, startedAt }: Arrived,
  slot: Slot | null,
  { createContext, timeoutMs, now }: AnswerOptions,
): Context {
  // The deadline counts from `startedAt`: the time in which the body arrives counts against the client.
  const deadlineAt = startedAt + timeoutMs;
  const deadline = new RequestDeadline(res, deadlineAt, now);
  const parts = slot?.key ? [] : null;
  const room = memory;
  return createContext({
    ...{
      requestId,
      startedAt,
      caller,
      cacheControl,
      budget,
      isExplain,
      deadlineAt,
      deadline,
      parts,
      room,
    },
  });
}

function headersOf(req: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function sendFast(requestContext: RequestContext, answer: FastAnswer): void {
  send(requestContext, { ...answer, encoding: WIRE_ENCODING });
}

function write(requestContext: RequestContext, response: HTTPGraphQLResponse): void {
  // Only deferred results come in parts, which graphql 16 does not support.
  if (response.body.kind !== 'complete') throw new Error('An answer in parts.');
  const { status = 200, headers, body } = response;
  send(requestContext, {
    status,
    // A request that Apollo refuses before there is an operation has no cache-control header from Apollo.
    headers: { 'cache-control': 'no-store', ...Object.fromEntries(headers) },
    body: body.string,
  });
}
