// Bytes straight onto a socket, for what no HTTP client would send; resolves with all that comes back.
import { connect } from 'node:net';

interface Conversation {
  readonly received: string;
  readonly ms: number;
}

/** Waits until the server closes, or for as long as is said. */
export function converse(
  url: string,
  bytes: string | Buffer,
  { waitMs = 1000, everyMs = 0 }: { waitMs?: number; everyMs?: number } = {},
): Promise<Conversation> {
  const { hostname, port } = new URL(url);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let received = '';
    const drip = everyMs > 0 ? setInterval(() => socket.write('x'), everyMs) : undefined;
    const end = setTimeout(() => socket.destroy(), waitMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
    });
    // A reset is an answer, too.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearInterval(drip);
      clearTimeout(end);
      resolve({ received, ms: performance.now() - startedAt });
    });
    socket.write(bytes);
  });
}

export function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
