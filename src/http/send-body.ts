// The end of an answer: its body at once, or in slices where it is large. A connection takes megabytes no
// faster than its client reads, and handing them over in one piece holds up everybody else.
import { once } from 'node:events';
import { WIRE_ENCODING } from '../graphql/prepared/wire-text.js';
import type { Answer } from './answer.js';

const SLICE_BYTES = 64 * 1024;
const LARGE = 4 * SLICE_BYTES;

/** A text as it goes over the wire. Where the head is not written yet, it says the length. */
export function sendBody(res: Answer, body: string): void {
  if (body.length <= LARGE) sendAtOnce(res, body);
  else void sendInSlices(res, body);
}

/** Node's `end` with a body writes an empty piece behind it: the kernel is handed a list instead of a text. */
function sendAtOnce(res: Answer, body: string): void {
  const { socket } = res;
  if (socket === null || !res.headersSent || body === '') {
    res.end(body, WIRE_ENCODING);
    return;
  }
  socket.cork();
  res.write(body, WIRE_ENCODING);
  socket.uncork();
  res.end();
}

/** Slices of a text are no copies: answers that wait behind others on their connection share what they can share. */
async function sendInSlices(res: Answer, body: string): Promise<void> {
  if (res.closed) return;
  if (!res.headersSent) res.setHeader('content-length', body.length);
  const left = new AbortController();
  const leave = () => left.abort();
  res.once('close', leave);
  try {
    for (let at = 0; at < body.length; at += SLICE_BYTES) {
      const isTaken = res.write(body.slice(at, at + SLICE_BYTES), WIRE_ENCODING);
      if (!isTaken) await once(res, 'drain', { signal: left.signal });
    }
    res.end();
  } catch {
    // The client has gone.
  } finally {
    res.off('close', leave);
  }
}
