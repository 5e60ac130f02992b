// Takes one registry request from the socket to its answer: log, faults, signature, quota, operation.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, type AnswerOrigin, answerOrRefusal, Refused } from './answers.js';
import { headersOf, receive, sendAnswer, splitUrl } from './exchange.js';
import { playFault, wait } from './faults/fault-player.js';
import type { FaultBook, FaultRule } from './faults/faults.js';
import type { Quota } from './quota.js';
import { type Call, forAnotherModel, perform } from './registry/operations.js';
import type { Registry } from './registry/registry.js';
import { type RequestLog, type SandboxRequest, timeOfEvent } from './request-log.js';
import { findRoute, type Route } from './routes.js';
import { decodeQuery, type ReceivedRequest } from './signature/canonical.js';
import type { NonceMemory } from './signature/nonces.js';
import { claimedKeyId, verifyRequest } from './signature/verify.js';
import type { SandboxKey } from './wire.js';

export interface SandboxState {
  readonly registry: Registry;
  readonly keys: readonly SandboxKey[];
  readonly nonces: NonceMemory;
  readonly faults: FaultBook;
  readonly log: RequestLog;
  readonly pageSizeMax: number;
  readonly quota: Quota | undefined;
  readonly now: () => number;
}

interface Exchange {
  readonly state: SandboxState;
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  readonly origin: AnswerOrigin;
  readonly gone: AbortSignal;
}

/** The route for the log and the faults, which also want to know about requests that are refused. */
function routeOrUndefined(method: string | undefined, path: string): Route | undefined {
  try {
    return findRoute(method ?? '', path);
  } catch {
    return undefined;
  }
}

function queryOrEmpty(wireQuery: string): Record<string, string> {
  try {
    return Object.fromEntries(decodeQuery(wireQuery));
  } catch {
    return {};
  }
}

function describe(request: IncomingMessage): SandboxRequest {
  const { path, query } = splitUrl(request.url);
  const headers = headersOf(request);
  const operation = routeOrUndefined(request.method, path)?.operation;
  return {
    operation: operation ?? headers['x-acs-action'] ?? '',
    path,
    query: queryOrEmpty(query),
    keyId: claimedKeyId(headers.authorization),
    headers,
    startedAt: timeOfEvent(),
  };
}

function authenticate({ state, request }: Exchange): Call {
  const route = findRoute(request.method, request.path);
  const { keys, nonces } = state;
  const action = route.operation;
  const key = verifyRequest(request, { keys, nonces, now: state.now(), action });
  return { route, key, query: Object.fromEntries(decodeQuery(request.query)) };
}

function goodAnswer({ state, origin }: Exchange, call: Call): Answer {
  return answerOrRefusal(
    () => ({ status: 200, body: { RequestId: origin.requestId, ...perform(state, call) } }),
    origin,
  );
}

/** The call when it is authenticated and within its quota; else the refusal. */
function admit(exchange: Exchange): Call | Refused {
  const { quota } = exchange.state;
  try {
    const call = authenticate(exchange);
    quota?.(call.key.account ?? call.key.id, call.route.operation, timeOfEvent());
    return call;
  } catch (problem) {
    if (problem instanceof Refused) return problem;
    throw problem;
  }
}

function takeRule({ state, request }: Exchange, beforeAuth: boolean): FaultRule | undefined {
  const route = routeOrUndefined(request.method, request.path);
  const operation = route?.operation ?? request.headers['x-acs-action'] ?? '';
  return state.faults.take({ operation, modelId: route?.modelId ?? '', beforeAuth });
}

/** True when the rule has settled the request, or the client left during its delay. */
async function applyRule(
  exchange: Exchange,
  rule: FaultRule | undefined,
  admission: () => Call | Refused,
): Promise<boolean> {
  if (rule?.delayMs && !(await wait(rule.delayMs, exchange.gone))) return true;
  if (!rule?.fault) return false;
  const { response, origin, gone, state } = exchange;
  const answerTo = (change: (call: Call) => Call): Answer => {
    const admitted = admission();
    if (!(admitted instanceof Refused)) return goodAnswer(exchange, change(admitted));
    return answerOrRefusal(() => {
      throw admitted;
    }, origin);
  };
  const good = (): Answer => answerTo((call) => call);
  const other = (): Answer => answerTo((call) => forAnotherModel(state, call));
  await playFault(rule.fault, { response, origin, gone, good, other });
  return true;
}

async function answer(exchange: Exchange): Promise<void> {
  const early = takeRule(exchange, true);
  if (await applyRule(exchange, early, () => admit(exchange))) return;
  const admitted = admit(exchange);
  if (!(admitted instanceof Refused)) {
    if (await applyRule(exchange, takeRule(exchange, false), () => admitted)) return;
  }
  const settled = (): Answer => {
    if (admitted instanceof Refused) throw admitted;
    return goodAnswer(exchange, admitted);
  };
  sendAnswer(exchange.response, answerOrRefusal(settled, exchange.origin));
}

export async function serve(
  state: SandboxState,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const entry = describe(incoming);
  const gone = new AbortController();
  state.log.open(entry);
  response.once('close', () => {
    state.log.close(entry, response.headersSent ? response.statusCode : undefined);
    gone.abort();
  });
  const requestId = randomUUID().toUpperCase();
  const origin = { requestId, hostId: entry.headers.host ?? '' };
  const request = await receive(incoming);
  await answer({ state, request, response, origin, gone: gone.signal });
}
