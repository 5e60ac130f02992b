// Sends the body of an answer: in one piece, or in slices where it is large. A connection takes megabytes no
// faster than its client reads, and writing them in one piece delays all other connections.
import { once } from 'node:events';
import { WIRE_ENCODING } from '../graphql/prepared/wire-text.js';
import type { HttpResponse } from './http-response.js';

const SLICE_BYTES = 64 * 1024;
const LARGE = 4 * SLICE_BYTES;

/** A text in the encoding that is sent, or bytes. If the head is not written yet, it gets the length of the body. */
export type Body = string | Buffer;

export function sendBody(res: HttpResponse, body: Body): void {
  if (body.length > LARGE) {
    void sendInSlices(res, body);
    return;
  }
  sendAtOnce(res, body);
  // In most cases the kernel has taken the whole body by now, and no limit is needed.
  if (res.writableLength > 0) res.limitSending(res, body.length);
}

/** Node's `end` with a body writes an empty piece after it, so the kernel gets a list instead of one text. */
function sendAtOnce(res: HttpResponse, body: Body): void {
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
async function sendInSlices(res: HttpResponse, body: Body): Promise<void> {
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
