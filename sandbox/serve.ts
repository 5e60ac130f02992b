// Handles one request from the socket to its answer: log, faults, admission, answer.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, type AnswerOrigin, answerOrRefusal, Refused } from './answers.js';
import { headersOf, receive, sendAnswer, splitUrl } from './exchange.js';
import { playFault, wait } from './faults/fault-player.js';
import type { FaultBook, FaultRule } from './faults/faults.js';
import type { Admitted, Question, Service } from './question.js';
import { type RequestLog, type SandboxRequest, timeOfEvent } from './request-log.js';
import { routeOrUndefined } from './routes.js';
import { decodeQuery } from './signature/canonical.js';
import { claimedKeyId } from './signature/verify.js';
import { ASSUME_ROLE, withoutToken } from './sts/assume-role.js';
import { isStsRequest, parametersOf } from './sts/service.js';
import type { JsonObject } from './wire.js';

export interface Stage {
  readonly registry: Service;
  readonly sts: Service;
  readonly faults: FaultBook;
  readonly log: RequestLog;
}

interface Exchange {
  readonly faults: FaultBook;
  readonly question: Question;
  readonly response: ServerResponse;
  readonly origin: AnswerOrigin;
  readonly gone: AbortSignal;
  readonly isReused: boolean;
}

const usedConnections = new WeakSet<object>();

function orEmpty(read: () => Iterable<readonly [string, string]>): Record<string, string> {
  try {
    return Object.fromEntries(read());
  } catch {
    return {};
  }
}

function describe(request: IncomingMessage, isSts: boolean): SandboxRequest {
  const { path, query } = splitUrl(request.url);
  const headers = headersOf(request);
  const operation = isSts ? ASSUME_ROLE : routeOrUndefined(request.method, path)?.operation;
  return {
    operation: operation ?? headers['x-acs-action'] ?? '',
    path,
    query: withoutToken(orEmpty(() => decodeQuery(query))),
    keyId: claimedKeyId(headers.authorization),
    headers,
    startedAt: timeOfEvent(),
  };
}

function goodAnswer({ origin }: Exchange, body: () => JsonObject): Answer {
  return answerOrRefusal(
    () => ({ status: 200, body: { RequestId: origin.requestId, ...body() } }),
    origin,
  );
}

/** The admission of the request, or else the refusal. */
function admit({ question }: Exchange): Admitted | Refused {
  try {
    return question.admit();
  } catch (problem) {
    if (problem instanceof Refused) return problem;
    throw problem;
  }
}

function takeRule(
  { faults, question, isReused }: Exchange,
  beforeAuth: boolean,
): FaultRule | undefined {
  const { operation, modelId } = question;
  return faults.take({ operation, modelId, beforeAuth, isReused });
}

/** True when the rule has answered the request, or the client left during the delay. */
async function applyRule(
  exchange: Exchange,
  rule: FaultRule | undefined,
  admission: () => Admitted | Refused,
): Promise<boolean> {
  if (rule?.delayMs && !(await wait(rule.delayMs, exchange.gone))) return true;
  if (!rule?.fault) return false;
  const { response, origin, gone } = exchange;
  const answerWith = (bodyOf: (admitted: Admitted) => JsonObject): Answer => {
    const admitted = admission();
    if (!(admitted instanceof Refused)) return goodAnswer(exchange, () => bodyOf(admitted));
    return answerOrRefusal(() => {
      throw admitted;
    }, origin);
  };
  const good = (): Answer => answerWith((admitted) => admitted.body());
  const other = (): Answer => answerWith((admitted) => admitted.otherBody());
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
    return goodAnswer(exchange, admitted.body);
  };
  sendAnswer(exchange.response, answerOrRefusal(settled, exchange.origin));
}

export async function serve(
  { registry, sts, faults, log }: Stage,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isSts = isStsRequest(incoming.method, splitUrl(incoming.url).path);
  const service = isSts ? sts : registry;
  const entry = describe(incoming, isSts);
  const gone = new AbortController();
  const isReused = usedConnections.has(incoming.socket);
  usedConnections.add(incoming.socket);
  log.open(entry);
  response.once('close', () => {
    log.close(entry, response.headersSent ? response.statusCode : undefined);
    gone.abort();
  });
  const requestId = randomUUID().toUpperCase();
  const origin = { requestId, hostId: entry.headers.host ?? '', product: service.product };
  const request = await receive(incoming);
  if (isSts) entry.query = withoutToken(orEmpty(() => Object.entries(parametersOf(request))));
  const question = service.question(request);
  await answer({ faults, question, response, origin, isReused, gone: gone.signal });
}
