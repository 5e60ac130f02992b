// One connection: it answers one request at a time, and reading pauses while too many requests wait.
import type { Socket } from 'node:net';
import type { HttpResponse } from './http-response.js';
import type { Request } from './request.js';
import type { ResponseShare } from './response-memory.js';

/** The events that a connection reports to its server. */
export interface ConnectionHooks {
  /** The turn of a request has come. `isLast`: no other request waits behind it. */
  begin(req: Request, res: HttpResponse, isLast: boolean): void;
  becomesBusy(connection: Connection): void;
  becomesIdle(connection: Connection): void;
  /** The process has no room for the requests that wait. */
  hasNoRoom(connection: Connection): void;
}

interface WaitingRequest {
  readonly req: Request;
  readonly res: HttpResponse;
  bytes: number;
}

/** At either of these bounds reading pauses. The bytes of one read may exceed both. */
export const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 1024 * 1024;
/** Node's request and response without headers take 1.5 KB, measured with 500,000 of them. */
const REQUEST_BYTES = 2048;

export class Connection {
  readonly socket: Socket;
  readonly #hooks;
  readonly #share;
  readonly #waiting: WaitingRequest[] = [];
  #waitingBytes = 0;
  #current: HttpResponse | null = null;
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

  receive(req: Request, res: HttpResponse): void {
    // The connection is cut, or the response before closed it: requests that the parser still finds get no answer.
    if (!this.socket.writable) return;
    if (this.#current !== null) {
      this.#wait(req, res);
      return;
    }
    this.#hooks.becomesBusy(this);
    this.#begin(req, res);
  }

  /** The last known response announces that the connection closes after it. */
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

  #begin(req: Request, res: HttpResponse): void {
    this.#current = res;
    res.on('close', this.#goOn);
    this.#hooks.begin(req, res, this.#waiting.length === 0);
  }

  /** One function for all responses of the connection. */
  readonly #goOn = (): void => {
    this.#current?.share.release();
    this.#current = null;
    // The client has gone, or the response has closed the connection: the requests that wait never begin.
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

  #wait(req: Request, res: HttpResponse): void {
    this.#waiting.push({ req, res, bytes: 0 });
    req.onWaitingBytes = this.#grow;
    this.#grow(REQUEST_BYTES + headerBytes(req));
  }

  /** The bytes belong to the latest request: the parser handles one request after the other. */
  readonly #grow = (bytes: number): void => {
    const last = this.#waiting.at(-1);
    if (last !== undefined) last.bytes += bytes;
    this.#waitingBytes += bytes;
    // The first waiting request is not counted: after a client has read its response, its next request
    // may arrive before the server sees the end of the response.
    const isCounted = this.#waiting.length > 1 || this.#isFull();
    if (isCounted && !this.#share.hold(this.#waitingBytes)) this.#hooks.hasNoRoom(this);
    else if (this.#isFull()) this.#stopReading();
  };

  #isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /**
   * Node itself resumes the socket after each request that it parses, and when the socket has drained. So the
   * socket is paused after the parser has handled the bytes of one read, and again after each resume. A pause
   * in between would be lost: the resume that node has scheduled for the next tick ignores it.
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
