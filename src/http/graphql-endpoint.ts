// GraphQL over HTTP: from a node request to Apollo Server and back.
import type { IncomingMessage } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FreshnessWish, Part } from '../domain/call.js';
import type { Caller } from '../domain/caller.js';
import { attempt, type MaybePromise, whenThere } from '../domain/maybe-promise.js';
import type { Context } from '../graphql/context.js';
import type { ReadyRequest } from '../graphql/prepared/run-prepared.js';
import { WIRE_ENCODING } from '../graphql/prepared/wire-text.js';
import { type Admittance, admitDocument } from './admit-document.js';
import type { Answer } from './answer.js';
import { freshnessWish } from './cache-control.js';
import { Life } from './deadline.js';
import type { Entrance } from './entrance.js';
import type { FastAnswer } from './fast-answer.js';
import type { FastPath, Slot } from './fast-path.js';
import { type PlainRequest, plainRequest } from './plain-request.js';
import { readBody } from './read-json-body.js';
import { createRequestTexts, RequestText, type TextOf } from './request-text.js';
import type { Exchange, Route } from './route.js';
import { sendBody } from './send-body.js';
import { type UpstreamWishes, upstreamWishes } from './upstream-wishes.js';

export interface OperationRequest {
  readonly requestId: string;
  readonly caller: Caller;
  readonly life: { readonly signal: AbortSignal };
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly wish: FreshnessWish;
  /** Upstream calls that the caller allows; null: not said. */
  readonly budget: number | null;
  /** Explain the operation instead of running it. */
  readonly isExplain: boolean;
  /** Where the parts of the cache that it reads are noted. */
  readonly parts: Part[] | null;
}

export type CreateContext = (request: OperationRequest) => Context;

export interface GraphqlEndpointOptions extends Admittance {
  readonly server: ApolloServer<Context>;
  readonly createContext: CreateContext;
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly entrance: Entrance;
  readonly maxBodyBytes: number;
  readonly fastPath: FastPath;
}

export function graphqlEndpoint(options: GraphqlEndpointOptions): Route {
  const { entrance } = options;
  const arrival: Arrival = { ...options, textOf: createRequestTexts() };
  return {
    methods: ['GET', 'POST'],
    handle(exchange) {
      return whenThere(entrance.count(exchange, exchange.caller), (mayGoOn): MaybePromise<void> => {
        if (!mayGoOn) return;
        return arrive(exchange, arrival, (arrived) => answer(exchange, arrived, options));
      });
    },
  };
}

interface Arrival extends Pick<GraphqlEndpointOptions, 'now' | 'maxBodyBytes'> {
  readonly textOf: TextOf;
}

interface Arrived {
  /** The search of a GET, the body of a POST. */
  readonly text: RequestText;
  readonly wish: FreshnessWish;
  readonly wishes: UpstreamWishes;
  readonly startedAt: number;
  readonly plain: PlainRequest | null;
}

/** Goes on as soon as the request is whole. */
function arrive(
  { req, res, search, fail }: Exchange,
  { now, maxBodyBytes, textOf }: Arrival,
  goOn: (arrived: Arrived) => MaybePromise<void>,
): MaybePromise<void> {
  const startedAt = now();
  const { method = 'GET', headers } = req;
  const wish = freshnessWish(headers['cache-control']);
  const wishes = upstreamWishes(headers);
  if (method === 'GET') res.varies = `Accept, ${res.varies}`;
  const goOnWith = (text: RequestText) => {
    const plain = plainRequest({ method, headers, text, wish, wishes });
    return goOn({ text, wish, wishes, startedAt, plain });
  };
  if (method !== 'POST') return goOnWith(new RequestText(search, false));
  readBody(req, maxBodyBytes, {
    whole: (body) => attempt(() => goOnWith(textOf(body)), fail),
    failed: fail,
  });
}

/** From the memo without a promise, where its caller's access is known at once. */
function answer(
  exchange: Exchange,
  arrived: Arrived,
  options: GraphqlEndpointOptions,
): MaybePromise<void> {
  const { fastPath } = options;
  const { res, requestId, caller } = exchange;
  const finding = arrived.plain && fastPath.slotOf(arrived.plain, caller);
  return whenThere(finding, (slot): MaybePromise<void> => {
    const recalled = slot && fastPath.recall(slot, requestId);
    if (!recalled) return run(exchange, arrived, slot, options);
    send(res, recalled);
  });
}

async function run(
  exchange: Exchange,
  arrived: Arrived,
  slot: Slot | null,
  options: GraphqlEndpointOptions,
): Promise<void> {
  const { req, res } = exchange;
  const { fastPath } = options;
  const context = openContext(exchange, arrived, slot, options);
  const known = slot && fastPath.find(slot);
  if (known && (await runFast(slot, known))) return;
  const admitted = admitDocument(exchange, arrived.text.text, options);
  if (admitted === null) return;
  // What was known and did not do is Apollo's.
  const ready = slot && !known ? fastPath.prepare(slot, admitted) : null;
  if (slot && ready && (await runFast(slot, ready))) return;
  const response = await options.server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { ...admitted, headers: headersOf(req) },
    context: async () => context,
  });
  if (slot) fastPath.keep(slot, response, context);
  await write(res, response);

  async function runFast(where: Slot, request: ReadyRequest): Promise<boolean> {
    const answer = await fastPath.run(where, request, context);
    if (answer) send(res, answer);
    return answer !== null;
  }
}

function openContext(
  { res, requestId, caller }: Exchange,
  { wish, wishes: { budget, isExplain }, startedAt }: Arrived,
  slot: Slot | null,
  { createContext, timeoutMs, now }: GraphqlEndpointOptions,
): Context {
  // The time that the body took to come is the client's own.
  const deadlineAt = startedAt + timeoutMs;
  const life = new Life(res, deadlineAt, now);
  const parts = slot?.key ? [] : null;
  return createContext({ requestId, caller, wish, budget, isExplain, deadlineAt, life, parts });
}

function headersOf(req: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function send(res: Answer, { status, headers, body }: FastAnswer): void {
  if (status === 200) res.writeOwnHead(headers);
  else res.writeHead(status, headers);
  sendBody(res, body, WIRE_ENCODING);
}

async function write(res: Answer, response: HTTPGraphQLResponse): Promise<void> {
  res.statusCode = response.status ?? 200;
  // What Apollo refuses before there is an operation says nothing of its own.
  res.setHeader('cache-control', 'no-store');
  for (const [name, value] of response.headers) res.setHeader(name, value);
  if (response.body.kind === 'complete') {
    sendBody(res, response.body.string, 'utf8');
    return;
  }
  for await (const chunk of response.body.asyncIterator) res.write(chunk);
  res.end();
}
