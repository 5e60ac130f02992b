// Responds to one request with one fault; does not choose the fault.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './faults.js';
import {
  ApiError,
  type ApiResponse,
  bodyBytes,
  errorResponse,
  JSON_TYPE,
  type RequestInfo,
  sendResponse,
  sendText,
  writeHead,
} from './http.js';

const PADDING = Buffer.alloc(65_536, 'x');

interface FaultContext {
  readonly response: ServerResponse;
  readonly info: RequestInfo;
  /** Aborted once the connection is closed. */
  readonly closed: AbortSignal;
  /** The response without the fault. */
  readonly regularResponse: () => ApiResponse;
  /** The response to the same request about another model. */
  readonly otherModelResponse: () => ApiResponse;
}

/** Waits, but not longer than the client does; true when the client is still connected. */
export async function waitWhileOpen(milliseconds: number, closed: AbortSignal): Promise<boolean> {
  // Only an abort ends the pause early.
  await pause(milliseconds, undefined, { signal: closed }).catch(() => undefined);
  return !closed.aborted;
}

function throttled(fault: Extract<Fault, { kind: 'throttle' }>): ApiError {
  const { status = 429, code = 'Throttling.User', retryAfterMs } = fault;
  const headers = retryAfterMs === undefined ? {} : { 'x-acs-retry-after': String(retryAfterMs) };
  return new ApiError(status, code, 'Request was denied due to user flow control.', headers);
}

function proxyPage(status: number): string {
  return `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

/** Announces the whole body, sends a part of it, and drops the connection. */
function cut({ response, regularResponse }: FaultContext, afterBytes: number | undefined): void {
  const regular = regularResponse();
  const body = bodyBytes(regular);
  const half = Math.floor(body.length / 2);
  const part = body.subarray(0, Math.min(afterBytes ?? half, body.length - 1));
  writeHead(response, regular, body.length);
  response.flushHeaders();
  const drop = (): void => {
    response.socket?.destroy();
  };
  if (part.length === 0) setImmediate(drop);
  else response.write(part, drop);
}

function* paddedJson(json: string, bytes: number): Generator<Buffer> {
  const head = Buffer.from(`${json.slice(0, -1)},"Padding":"`);
  const tail = Buffer.from('"}');
  yield head;
  let left = bytes - head.length - tail.length;
  while (left > 0) {
    yield PADDING.subarray(0, Math.min(left, PADDING.length));
    left -= PADDING.length;
  }
  yield tail;
}

async function oversize({ response, regularResponse }: FaultContext, bytes: number): Promise<void> {
  const regular = regularResponse();
  writeHead(response, { ...regular, status: 200 });
  const chunks = paddedJson(JSON.stringify(regular.body), bytes);
  // A client that reaches its size limit closes the connection in the middle, which is correct.
  await pipeline(Readable.from(chunks), response).catch(() => undefined);
}

async function trickle(
  { response, regularResponse, closed }: FaultContext,
  everyMs: number,
): Promise<void> {
  const regular = regularResponse();
  const body = bodyBytes(regular);
  writeHead(response, regular, body.length);
  response.flushHeaders();
  for (let sent = 0; sent < body.length; sent += 1) {
    if (!(await waitWhileOpen(everyMs, closed))) return;
    response.write(body.subarray(sent, sent + 1));
  }
  response.end();
}

export async function applyFault(fault: Fault, context: FaultContext): Promise<void> {
  const { response, info, regularResponse, otherModelResponse } = context;
  switch (fault.kind) {
    case 'error': {
      const { status, code, message = 'The sandbox was told to fail.', headers } = fault;
      const error = new ApiError(status, code, message, headers);
      return sendResponse(response, errorResponse(error, info));
    }
    case 'throttle':
      return sendResponse(response, errorResponse(throttled(fault), info));
    case 'cut':
      return cut(context, fault.afterBytes);
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'html': {
      const status = fault.status ?? 502;
      return sendText(response, status, 'text/html', proxyPage(status));
    }
    case 'empty':
      response.writeHead(fault.status ?? 200, { 'content-length': '0' }).end();
      return;
    case 'garbage':
      return sendText(response, 200, JSON_TYPE, 'this is not JSON');
    case 'truncatedJson': {
      const json = JSON.stringify(regularResponse().body);
      return sendText(response, 200, JSON_TYPE, json.slice(0, Math.floor(json.length / 2)));
    }
    case 'wrongShape':
      return sendText(response, 200, JSON_TYPE, JSON.stringify(fault.body ?? null));
    case 'otherModel':
      return sendResponse(response, otherModelResponse());
    case 'oversize':
      return oversize(context, fault.bytes);
    case 'hang':
      return;
    case 'trickle':
      return trickle(context, fault.everyMs);
  }
}
