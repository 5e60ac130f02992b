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
  #isStopping = false;

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
      this.#wait(req, res);
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
    next.req.onWaitingBytes = null;
    this.#waitingBytes -= next.bytes;
    this.#share.hold(this.#waitingBytes);
    if (wasFull && !this.#isFull()) this.socket.resume();
    return next;
  }

  #wait(req: Request, res: Answer): void {
    this.#waiting.push({ req, res, bytes: 0 });
    req.onWaitingBytes = this.#grow;
    this.#grow(REQUEST_BYTES + headerBytes(req));
  }

  /** By bytes of the request that came last: the parser takes one after the other. */
  readonly #grow = (bytes: number): void => {
    const last = this.#waiting.at(-1);
    if (last !== undefined) last.bytes += bytes;
    this.#waitingBytes += bytes;
    // The first one is not counted: the request of a client that has read its response may be seen
    // before the end of the response is.
    const isCounted = this.#waiting.length > 1 || this.#isFull();
    if (isCounted && !this.#share.hold(this.#waitingBytes)) this.#hooks.hasNoRoom(this);
    else if (this.#isFull()) this.#stopReading();
  };

  #isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /**
   * Node itself resumes the socket behind each request that it parses, and when it has drained. So it is
   * paused when the parser is through with what was read, and again whenever it is resumed. A pause in
   * between would be lost: the resumption that node has scheduled for the next tick does not look for it.
   */
  #stopReading(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.socket.listenerCount('resume', this.#pauseWhileFull) === 0) {
      this.socket.on('resume', this.#pauseWhileFull);
    }
    queueMicrotask(() => {
      this.#isStopping = false;
      this.#pauseWhileFull();
    });
  }

  readonly #pauseWhileFull = (): void => {
    if (this.#isFull()) this.socket.pause();
  };
}

function headerBytes({ rawHeaders, url = '' }: Request): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length);
}
