// Handles one request of an API from the socket to its response: log, faults, authorization, response.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { applyFault, waitWhileOpen } from './fault-responses.js';
import type { FaultQueue, FaultRule } from './faults.js';
import {
  ApiError,
  type ApiResponse,
  errorResponse,
  headersOf,
  type Parameters,
  type ReceivedRequest,
  type RequestInfo,
  readBody,
  sendResponse,
  splitUrl,
} from './http.js';
import { type RequestLog, timeOfEvent } from './request-log.js';
import { claimedKeyId } from './signature.js';
import type { JsonObject } from './wire.js';

/** A request that is entitled to a response. The bodies come without RequestId. */
interface AuthorizedCall {
  body(): JsonObject;
  /** The body for the same request about another model. */
  bodyOfOtherModel(): JsonObject;
}

/** One API of the simulated cloud. */
export interface Api {
  readonly product: RequestInfo['product'];
  /** The names of all its operations. */
  readonly operations: readonly string[];
  /** The operation and the model for the log and the faults, also of requests that will be refused. */
  targetOf(request: Omit<ReceivedRequest, 'body'>): Target;
  /** Throws ApiError when the parameters are not encoded correctly. */
  parametersOf(request: ReceivedRequest): Parameters;
  /** Throws ApiError when the request may not be answered; counts against the quota. */
  authorize(request: ReceivedRequest): AuthorizedCall;
}

export interface Target {
  /** '' when it is not known. */
  readonly operation: string;
  /** '' when the request is not about a single model. */
  readonly modelId: string;
}

interface RequestContext {
  readonly api: Api;
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  readonly info: RequestInfo;
  /** Aborted once the connection is closed. */
  readonly closed: AbortSignal;
  /** The first fault rule that applies before or after authorization. */
  readonly takeRule: (beforeAuth: boolean) => FaultRule | undefined;
}

const usedConnections = new WeakSet<object>();

/** For the log, which keeps no token. */
function loggedParameters(api: Api, request: ReceivedRequest): Parameters {
  try {
    const { OIDCToken, ...others } = api.parametersOf(request);
    return others;
  } catch {
    return {};
  }
}

/** Errors of the API become responses; any other error is a defect and is thrown. */
function toResponse(info: RequestInfo, body: () => JsonObject): ApiResponse {
  try {
    return { status: 200, body: { RequestId: info.requestId, ...body() } };
  } catch (error) {
    if (error instanceof ApiError) return errorResponse(error, info);
    throw error;
  }
}

/** True when the rule has responded to the request, or the client left during the delay. */
async function applyRule(
  { response, info, closed }: RequestContext,
  rule: FaultRule | undefined,
  authorize: () => AuthorizedCall,
): Promise<boolean> {
  if (rule?.delayMs && !(await waitWhileOpen(rule.delayMs, closed))) return true;
  if (!rule?.fault) return false;
  await applyFault(rule.fault, {
    response,
    info,
    closed,
    regularResponse: () => toResponse(info, () => authorize().body()),
    otherModelResponse: () => toResponse(info, () => authorize().bodyOfOtherModel()),
  });
  return true;
}

async function respond(context: RequestContext): Promise<void> {
  const { api, request, response, info, takeRule } = context;
  const authorize = () => api.authorize(request);
  if (await applyRule(context, takeRule(true), authorize)) return;
  let call: AuthorizedCall;
  try {
    call = authorize();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    sendResponse(response, errorResponse(error, info));
    return;
  }
  if (await applyRule(context, takeRule(false), () => call)) return;
  sendResponse(response, toResponse(info, call.body));
}

interface HandlerOptions {
  readonly faults: FaultQueue;
  readonly log: RequestLog;
}

export async function handleRequest(
  api: Api,
  { faults, log }: HandlerOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { socket, method = 'GET', url } = incoming;
  const head = { method, ...splitUrl(url), headers: headersOf(incoming) };
  const target = api.targetOf(head);
  const closed = new AbortController();
  const isReused = usedConnections.has(socket);
  usedConnections.add(socket);
  const entry = log.open({
    operation: target.operation,
    path: head.path,
    query: loggedParameters(api, { ...head, body: '' }),
    keyId: claimedKeyId(head.headers.authorization),
    headers: head.headers,
    startedAt: timeOfEvent(),
  });
  response.once('close', () => {
    log.close(entry, response.headersSent ? response.statusCode : undefined);
    closed.abort();
  });
  const request = { ...head, body: await readBody(incoming) };
  entry.query = loggedParameters(api, request);
  await respond({
    api,
    request,
    response,
    info: {
      requestId: randomUUID().toUpperCase(),
      hostId: head.headers.host ?? '',
      product: api.product,
    },
    closed: closed.signal,
    takeRule: (beforeAuth) => faults.take({ ...target, beforeAuth, isReused }),
  });
}
