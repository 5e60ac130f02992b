// Reads one whole response from got's stream and says what went wrong with it; it sends nothing.
import { type PlainResponse, type Request, TimeoutError } from 'got';
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

/**
 * By events and a listener of our own: iterating the stream and handing got the signal cost a third of
 * the CPU of a call, and got goes on listening to a signal after the body is read.
 */
export function readWhole(
  stream: Request,
  peer: Peer,
  signal?: AbortSignal,
): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    let response: PlainResponse | undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void) => {
      signal?.removeEventListener('abort', leave);
      // An error that comes later, as of a body cut off behind a refusal, has nobody to hear it.
      stream.on('error', () => {});
      stream.destroy();
      settle();
    };
    const leave = () => end(() => reject(signal?.reason));
    signal?.addEventListener('abort', leave, { once: true });
    stream.once('response', (received: PlainResponse) => {
      response = received;
    });
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > peer.maxMegabytes * 1024 * 1024) end(() => reject(tooLarge(peer)));
    });
    stream.once('error', (error) => end(() => reject(error)));
    stream.once('close', () => end(() => reject(new Error('The answer broke off.'))));
    stream.once('end', () => {
      const whole = response;
      if (whole === undefined) end(() => reject(new Error('The answer ended before it began.')));
      else end(() => resolve(toWhole(whole, chunks)));
    });
  });
}

function toWhole({ statusCode, headers }: PlainResponse, chunks: readonly Buffer[]): WholeResponse {
  const [first, ...others] = chunks;
  const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
  return { status: statusCode, headers, body: bytes.toString('utf8') };
}

export function wireError(error: unknown, { name }: Peer): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof TimeoutError) {
    return new AppError('UPSTREAM_TIMEOUT', `The ${name} did not answer in time.`);
  }
  return new AppError('UPSTREAM_UNAVAILABLE', `The ${name} could not be reached.`);
}

function tooLarge({ name, maxMegabytes }: Peer): AppError {
  const message = `The ${name}’s answer is larger than ${maxMegabytes} MB.`;
  return new AppError('UPSTREAM_INVALID', message);
}
