// One connection: it answers one request at a time, and is not read further while too many requests wait.
import type { Socket } from 'node:net';
import type { Answer } from './answer.js';
import type { Request } from './request.js';
import type { ResponseShare } from './response-memory.js';

/** What a connection tells the server that it belongs to. */
export interface ConnectionHooks {
  /** The turn of a request has come. `isLast`: none waits behind it. */
  begin(req: Request, res: Answer, isLast: boolean): void;
  becomesBusy(connection: Connection): void;
  becomesIdle(connection: Connection): void;
  /** The process has no room for the requests that wait. */
  hasNoRoom(connection: Connection): void;
}

interface WaitingRequest {
  readonly req: Request;
  readonly res: Answer;
  bytes: number;
}

/** From here on the connection is not read further. What one read brings may exceed both. */
export const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 1024 * 1024;
/** Node's request and response without headers: 1.5 KB, measured with 500,000 of them. */
const REQUEST_BYTES = 2048;

export class Connection {
  readonly socket: Socket;
  readonly #hooks;
  readonly #share;
  readonly #waiting: WaitingRequest[] = [];
  #waitingBytes = 0;
  #current: Answer | null = null;
  #bytesReadWhenIdle = 0;
  #isWatched = false;

  constructor(socket: Socket, share: ResponseShare, hooks: ConnectionHooks) {
    this.socket = socket;
    this.#share = share;
    this.#hooks = hooks;
  }

  get isBusy(): boolean {
    return this.#current !== null;
  }

  /** Bytes have come since the last response, so a request is on its way. */
  get isReceiving(): boolean {
    return this.socket.bytesRead > this.#bytesReadWhenIdle;
  }

  receive(req: Request, res: Answer): void {
    // Cut, or closed by the response before: what the parser still finds is not answered.
    if (!this.socket.writable) return;
    if (this.#current !== null) {
      this.#wait({ req, res, bytes: REQUEST_BYTES + headerBytes(req) });
      return;
    }
    this.#hooks.becomesBusy(this);
    this.#begin(req, res);
  }

  /** The last response, as far as one is known, says that the connection is closed behind it. */
  closeBehindLast(): void {
    const last = this.#current;
    if (last === null || last.headersSent || this.#waiting.length > 0) return;
    last.setHeader('Connection', 'close');
  }

  /** The socket is closed. */
  end(): void {
    this.#waiting.length = 0;
    this.#share.release();
  }

  #begin(req: Request, res: Answer): void {
    this.#current = res;
    res.on('close', this.#goOn);
    this.#hooks.begin(req, res, this.#waiting.length === 0);
  }

  /** One function for all responses of the connection. */
  readonly #goOn = (): void => {
    this.#current?.share.release();
    this.#current = null;
    // The client has gone, or the response has closed the connection: what waits never begins.
    if (!this.socket.writable) return;
    const next = this.#takeNext();
    if (next !== undefined) {
      this.#begin(next.req, next.res);
      return;
    }
    this.#bytesReadWhenIdle = this.socket.bytesRead;
    this.#hooks.becomesIdle(this);
  };

  #takeNext(): WaitingRequest | undefined {
    const wasFull = this.#isFull();
    const next = this.#waiting.shift();
    if (next === undefined) return undefined;
    this.#waitingBytes -= next.bytes;
    this.#share.hold(this.#waitingBytes);
    if (wasFull && !this.#isFull()) this.socket.resume();
    return next;
  }

  #wait(request: WaitingRequest): void {
    const before = this.#waiting.at(-1);
    // The parser takes one request after the other: the body of the one before has come whole.
    if (before !== undefined) this.#grow(before, before.req.readableLength);
    this.#waiting.push(request);
    this.#waitingBytes += request.bytes;
    // The first one is for nothing: the request of a client that has read its response may be seen
    // before the end of the response is.
    const isCounted = this.#waiting.length > 1;
    if (isCounted && !this.#share.hold(this.#waitingBytes)) this.#hooks.hasNoRoom(this);
    else if (this.#isFull()) this.#pause();
  }

  #grow(request: WaitingRequest, bytes: number): void {
    request.bytes += bytes;
    this.#waitingBytes += bytes;
  }

  #isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /** Node itself resumes a socket behind each request and when it has drained. */
  #pause(): void {
    if (!this.#isWatched) {
      this.#isWatched = true;
      this.socket.on('resume', () => {
        if (this.#isFull()) this.socket.pause();
      });
    }
    this.socket.pause();
  }
}

function headerBytes({ rawHeaders, url = '' }: Request): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length);
}
