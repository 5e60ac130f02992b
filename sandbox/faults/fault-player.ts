// Applies one fault to one response; does not choose it.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, type AnswerOrigin, Refused, refusalAnswer } from '../answers.js';
import { bodyBytes, sendAnswer, sendText, writeHead } from '../exchange.js';
import type { Fault } from './faults.js';

const JSON_TYPE = 'application/json;charset=utf-8';
const PADDING = Buffer.alloc(65_536, 'x');
const PROXY_PAGE = (status: number): string =>
  `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n</body>\r\n</html>\r\n`;

export interface Stage {
  readonly response: ServerResponse;
  readonly origin: AnswerOrigin;
  /** The answer that the request would have had. */
  readonly good: () => Answer;
  /** The answer to the same question about another model. */
  readonly other: () => Answer;
  /** Aborted once the connection is gone. */
  readonly gone: AbortSignal;
}

/** Waits, but not longer than the client does; true when the client is still connected. */
export async function wait(milliseconds: number, gone: AbortSignal): Promise<boolean> {
  try {
    await pause(milliseconds, undefined, { signal: gone });
  } catch {
    // Only an abort ends the pause early.
  }
  return !gone.aborted;
}

function errorAnswer(stage: Stage, fault: Extract<Fault, { kind: 'error' }>): Answer {
  const { status, code, message = 'The sandbox was told to fail.', headers = {} } = fault;
  return refusalAnswer(new Refused(status, code, message, headers), stage.origin);
}

function throttleAnswer(stage: Stage, fault: Extract<Fault, { kind: 'throttle' }>): Answer {
  const { status = 429, code = 'Throttling.User', retryAfterMs } = fault;
  const headers = retryAfterMs === undefined ? {} : { 'x-acs-retry-after': String(retryAfterMs) };
  const message = 'Request was denied due to user flow control.';
  return refusalAnswer(new Refused(status, code, message, headers), stage.origin);
}

function cut({ response, good }: Stage, afterBytes: number | undefined): void {
  const answer = good();
  const body = bodyBytes(answer);
  const half = Math.floor(body.length / 2);
  const kept = body.subarray(0, Math.min(afterBytes ?? half, body.length - 1));
  writeHead(response, answer, { 'content-length': String(body.length) });
  response.flushHeaders();
  const drop = (): void => {
    response.socket?.destroy();
  };
  if (kept.length === 0) setImmediate(drop);
  else response.write(kept, drop);
}

function truncate({ response, good }: Stage): void {
  const json = JSON.stringify(good().body);
  sendText(response, 200, JSON_TYPE, json.slice(0, Math.floor(json.length / 2)));
}

function* paddedTo(bytes: number, json: string): Generator<Buffer> {
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

async function oversize({ response, good }: Stage, bytes: number): Promise<void> {
  const answer = good();
  writeHead(response, { ...answer, status: 200 }, {});
  const chunks = paddedTo(bytes, JSON.stringify(answer.body));
  // A client that reaches its size limit closes the connection in the middle, which is correct.
  await pipeline(Readable.from(chunks), response).catch(() => undefined);
}

async function trickle({ response, good, gone }: Stage, everyMs: number): Promise<void> {
  const answer = good();
  const body = bodyBytes(answer);
  writeHead(response, answer, { 'content-length': String(body.length) });
  response.flushHeaders();
  for (let sent = 0; sent < body.length; sent += 1) {
    if (!(await wait(everyMs, gone))) return;
    response.write(body.subarray(sent, sent + 1));
  }
  response.end();
}

export async function playFault(fault: Fault, stage: Stage): Promise<void> {
  const { response } = stage;
  switch (fault.kind) {
    case 'error':
      return sendAnswer(response, errorAnswer(stage, fault));
    case 'throttle':
      return sendAnswer(response, throttleAnswer(stage, fault));
    case 'cut':
      return cut(stage, fault.afterBytes);
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'html': {
      const status = fault.status ?? 502;
      return sendText(response, status, 'text/html', PROXY_PAGE(status));
    }
    case 'empty':
      response.writeHead(fault.status ?? 200, { 'content-length': '0' }).end();
      return;
    case 'garbage':
      return sendText(response, 200, JSON_TYPE, 'this is not JSON');
    case 'truncatedJson':
      return truncate(stage);
    case 'wrongShape':
      return sendText(response, 200, JSON_TYPE, JSON.stringify(fault.body ?? null));
    case 'otherModel':
      return sendAnswer(response, stage.other());
    case 'oversize':
      return oversize(stage, fault.bytes);
    case 'hang':
      return;
    case 'trickle':
      return trickle(stage, fault.everyMs);
  }
}
