// The end of an answer: its body at once, or in slices where it is large. A connection takes megabytes no
// faster than its client reads, and handing them over in one piece delays all other connections.
import { once } from 'node:events';
import { WIRE_ENCODING } from '../graphql/prepared/wire-text.js';
import type { Answer } from './answer.js';

const SLICE_BYTES = 64 * 1024;
const LARGE = 4 * SLICE_BYTES;

/** A text as it goes over the wire, or bytes. Where the head is not written yet, it says the length. */
export type Body = string | Buffer;

export function sendBody(res: Answer, body: Body): void {
  if (body.length > LARGE) {
    void sendInSlices(res, body);
    return;
  }
  sendAtOnce(res, body);
  // Mostly the kernel has taken all of it by now, and there is nothing to wait for.
  if (!res.writableFinished) res.limitSending(res, body.length);
}

/** Node's `end` with a body writes an empty piece behind it: the kernel is handed a list instead of a text. */
function sendAtOnce(res: Answer, body: Body): void {
  const { socket } = res;
  if (socket === null || !res.headersSent || body.length === 0) {
    res.end(body, WIRE_ENCODING);
    return;
  }
  socket.cork();
  res.write(body, WIRE_ENCODING);
  socket.uncork();
  res.end();
}

/** Slices are not copies: a body that many responses share stays in memory once. */
async function sendInSlices(res: Answer, body: Body): Promise<void> {
  if (res.closed) return;
  if (!res.headersSent) res.setHeader('content-length', body.length);
  res.limitSending(res, body.length);
  const left = new AbortController();
  const leave = () => left.abort();
  res.once('close', leave);
  try {
    for (let at = 0; at < body.length; at += SLICE_BYTES) {
      const isTaken = res.write(sliceOf(body, at), WIRE_ENCODING);
      if (!isTaken) await once(res, 'drain', { signal: left.signal });
    }
    res.end();
  } catch {
    // The client has gone.
  } finally {
    res.off('close', leave);
  }
}

function sliceOf(body: Body, at: number): Body {
  const end = at + SLICE_BYTES;
  return typeof body === 'string' ? body.slice(at, end) : body.subarray(at, end);
}
