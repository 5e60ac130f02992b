// Reads one whole response from got's stream and says what went wrong with it; it sends nothing.
import type { PlainResponse, Request } from 'got';
import { AppError } from '../domain/errors.js';

export interface WholeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Who answers, in the words of an error, and how much is taken from them. */
export interface Peer {
  readonly name: string;
  readonly maxMegabytes: number;
}

/** How long an answer is waited for. */
export interface Patience {
  /** Body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * From the response itself: got's stream only hands on what it reads there, and to iterate it, or to give got
 * the signal or the timeout, cost a third of the CPU of a call.
 */
export function readWhole(
  stream: Request,
  peer: Peer,
  { timeoutMs, signal }: Patience,
): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    const stopWaiting = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    };
    let body: PlainResponse | undefined;
    const fail = (reason: unknown) => {
      stopWaiting();
      // An error that comes later, as of a body cut off behind a refusal, has nobody to hear it.
      stream.on('error', () => {});
      stream.destroy();
      // What inflates would go on without a connection, and a kilobyte may hold a gigabyte.
      body?.on('error', () => {});
      body?.destroy();
      reject(reason);
    };
    const leave = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(tooLate(peer)), timeoutMs);
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave, { once: true });
    stream.once('error', fail);
    stream.once('close', () => fail(new Error('The answer broke off.')));
    stream.once('response', (response: PlainResponse) => {
      body = response;
      const chunks: Buffer[] = [];
      let room = peer.maxMegabytes * 1024 * 1024;
      response.on('readable', () => {
        for (let chunk = read(response); chunk !== null; chunk = read(response)) {
          room -= chunk.length;
          if (room < 0) return fail(tooLarge(peer));
          chunks.push(chunk);
        }
      });
      response.once('end', () => {
        stopWaiting();
        resolve(toWhole(response, chunks));
      });
    });
  });
}

function read(response: PlainResponse): Buffer | null {
  return response.read();
}

function toWhole({ statusCode, headers }: PlainResponse, chunks: readonly Buffer[]): WholeResponse {
  const [first, ...others] = chunks;
  const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
  return { status: statusCode, headers, body: bytes.toString('utf8') };
}

export function wireError(error: unknown, { name }: Peer): AppError {
  if (error instanceof AppError) return error;
  return new AppError('UPSTREAM_UNAVAILABLE', `The ${name} could not be reached.`);
}

function tooLate({ name }: Peer): AppError {
  return new AppError('UPSTREAM_TIMEOUT', `The ${name} did not answer in time.`);
}

function tooLarge({ name, maxMegabytes }: Peer): AppError {
  const message = `The ${name}’s answer is larger than ${maxMegabytes} MB.`;
  return new AppError('UPSTREAM_INVALID', message);
}
