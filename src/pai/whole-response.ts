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

export async function readWhole(stream: Request, peer: Peer): Promise<WholeResponse> {
  let response: PlainResponse | undefined;
  stream.once('response', (received: PlainResponse) => {
    response = received;
  });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > peer.maxMegabytes * 1024 * 1024) throw tooLarge(peer);
      chunks.push(chunk);
    }
  } finally {
    // Else got goes on listening to the signal, whose later abort would be an uncaught exception.
    stream.destroy();
  }
  if (response === undefined) throw new Error('The answer ended before it began.');
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
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
