// Reads one whole response from got's stream; it sends nothing.
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { PlainResponse, Request } from 'got';
import { brokenOff, lost, type Peer, tooLarge, tooLate } from './wire-failure.js';

export interface WholeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** The limits of the wait for an answer. */
export interface Patience {
  /** Body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Rejects with a WireFailure, or with the reason of the signal.
 *
 * Reads from the response itself: got's stream only passes on the data that it reads there, and to iterate it, or to
 * give got the signal or the timeout, cost a third of the CPU of a call.
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
      // A later error, such as that of a body cut off behind a refusal, would have no listener.
      stream.on('error', () => {});
      stream.destroy();
      // Decompression would continue without a connection, and a kilobyte may hold a gigabyte.
      body?.on('error', () => {});
      body?.destroy();
      reject(reason);
    };
    const leave = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(tooLate(peer)), timeoutMs);
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave, { once: true });
    let isUnusedAgain = () => false;
    stream.once('request', (request: ClientRequest) => {
      isUnusedAgain = watchReuse(request);
    });
    stream.once('error', (error: unknown) =>
      fail(lost(error, peer, { isAnswered: body !== undefined, isUnusedAgain: isUnusedAgain() })),
    );
    stream.once('close', () => fail(brokenOff(peer)));
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

/** Whether the request went over a kept connection and has had no byte of an answer since. */
function watchReuse(request: ClientRequest): () => boolean {
  let readBefore: number | undefined;
  const note = (socket: Socket) => {
    readBefore = socket.bytesRead;
  };
  if (request.socket === null) request.once('socket', note);
  else note(request.socket);
  return () => request.reusedSocket && request.socket?.bytesRead === readBefore;
}

function read(response: PlainResponse): Buffer | null {
  return response.read();
}

function toWhole({ statusCode, headers }: PlainResponse, chunks: readonly Buffer[]): WholeResponse {
  const [first, ...others] = chunks;
  const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
  return { status: statusCode, headers, body: bytes.toString('utf8') };
}
