// The end of an answer: its body at once, or in slices where it is large. A connection takes megabytes no
// faster than its client reads, and handing them over in one piece holds up everybody else.
import { once } from 'node:events';
import type { Answer } from './answer.js';

const SLICE_BYTES = 64 * 1024;
const LARGE = 4 * SLICE_BYTES;

/** Where the head is not written yet, it says the length. */
export function sendBody(res: Answer, body: string, encoding: 'latin1' | 'utf8'): void {
  if (body.length <= LARGE) sendAtOnce(res, body, encoding);
  else void sendInSlices(res, Buffer.from(body, encoding));
}

/** Node's `end` with a body writes an empty piece behind it: the kernel is handed a list instead of a text. */
function sendAtOnce(res: Answer, body: string, encoding: 'latin1' | 'utf8'): void {
  const { socket } = res;
  if (socket === null || !res.headersSent || body === '') {
    res.end(body, encoding);
    return;
  }
  socket.cork();
  res.write(body, encoding);
  socket.uncork();
  res.end();
}

async function sendInSlices(res: Answer, bytes: Buffer): Promise<void> {
  if (res.closed) return;
  if (!res.headersSent) res.setHeader('content-length', bytes.length);
  const left = new AbortController();
  const leave = () => left.abort();
  res.once('close', leave);
  try {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      const isTaken = res.write(bytes.subarray(at, at + SLICE_BYTES));
      if (!isTaken) await once(res, 'drain', { signal: left.signal });
    }
    res.end();
  } catch {
    // The client has gone.
  } finally {
    res.off('close', leave);
  }
}
