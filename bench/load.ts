// The load: keep-alive connections that ask in turn from prepared bytes. Its own HTTP reader, since a general client costs
// more than the fastest server here.
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface Load {
  readonly port: number;
  /** Whole HTTP requests, sent in this order over and over. */
  readonly requests: readonly Buffer[];
  readonly connections: number;
  readonly seconds: number;
  /** Asked at the least, however long that takes. */
  readonly minRequests?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, ascending. */
  readonly latencies: Float64Array;
}

const BUFFER_BYTES = 256 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const OK = 'HTTP/1.1 200';
const LENGTH = /content-length: *(\d+)/i;
/** One answer in so many is searched for errors. */
const LOOK_EVERY = 64;
const ERRORS = Buffer.from('"errors":');

/** Reads the answers of one connection; says when one is whole. Throws for any that is not a plain 200. */
export function createAnswerReader(onWhole: () => void): (chunk: Buffer) => void {
  let head: Buffer = Buffer.alloc(0);
  let missing = 0;
  let answers = 0;
  return function read(chunk) {
    if (missing > 0) {
      missing -= chunk.length;
      if (missing < 0) throw new Error('An answer was longer than it said.');
      if (missing === 0) onWhole();
      return;
    }
    const bytes = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end === -1) {
      head = Buffer.from(bytes);
      return;
    }
    head = Buffer.alloc(0);
    const text = bytes.toString('latin1', 0, end);
    const length = LENGTH.exec(text)?.[1];
    if (!text.startsWith(OK) || length === undefined) {
      throw new Error(`Not a plain answer: ${bytes.toString('utf8').slice(0, 1000)}`);
    }
    answers += 1;
    if (answers % LOOK_EVERY === 1 && bytes.includes(ERRORS)) {
      throw new Error(`An answer has errors: ${bytes.toString('utf8').slice(0, 1000)}`);
    }
    missing = Number(length) - (bytes.length - end - HEAD_END.length);
    if (missing < 0) throw new Error('An answer was longer than it said.');
    if (missing === 0) onWhole();
  };
}

export async function runLoad(load: Load): Promise<LoadResult> {
  const { requests, connections, seconds, minRequests = 0 } = load;
  const latencies: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  let asked = 0;

  const next = (): Buffer | undefined => {
    if (performance.now() >= endsAt && asked >= minRequests) return undefined;
    return requests[asked++ % requests.length];
  };

  function runConnection(): Promise<void> {
    return new Promise((resolve, reject) => {
      let askedAt = 0;
      const ask = () => {
        const request = next();
        if (request === undefined) {
          socket.destroy();
          resolve();
          return;
        }
        askedAt = performance.now();
        socket.write(request);
      };
      const read = createAnswerReader(() => {
        latencies.push(performance.now() - askedAt);
        ask();
      });
      const socket = connect({
        host: '127.0.0.1',
        port: load.port,
        noDelay: true,
        onread: {
          buffer: Buffer.allocUnsafe(BUFFER_BYTES),
          callback(size, buffer) {
            try {
              read(Buffer.from(buffer.buffer, buffer.byteOffset, size));
            } catch (error) {
              socket.destroy();
              reject(error);
            }
            return true;
          },
        },
      });
      socket.once('connect', ask);
      socket.once('error', reject);
      socket.once('end', () => reject(new Error('The server closed a connection.')));
    });
  }

  await Promise.all(Array.from({ length: connections }, runConnection));
  const elapsed = (performance.now() - startedAt) / 1000;
  return {
    requests: latencies.length,
    seconds: elapsed,
    latencies: Float64Array.from(latencies).sort(),
  };
}

export function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}
