// The connections of a server: their number is bounded, each answers one request at a time, and reading one pauses
// while too many requests wait on it. See decision 19.
import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Event } from '../domain/events.js';
import type { MemoryShare, SharedMemory } from './response-bounds.js';

export interface ConnectionsOptions {
  readonly max: number;
  readonly waitingRequests: SharedMemory;
  /** The turn of a request has come. */
  begin(req: IncomingMessage, res: ServerResponse): void;
  onCut(reason: CutReason): void;
}

export type CutReason = Extract<Event, { type: 'connection_cut' }>['reason'];

export class Connections {
  readonly #options;
  readonly #bySocket = new Map<Socket, Connection>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Connection>();
  #isDraining = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  open(socket: Socket): void {
    const { max, waitingRequests, begin, onCut } = this.#options;
    if (this.#bySocket.size >= max && !this.#closeLongestIdle()) {
      onCut('too_many_connections');
      socket.destroy();
      return;
    }
    const memory = waitingRequests.open();
    const connection: Connection = new Connection(socket, memory, {
      begin,
      isDraining: () => this.#isDraining,
      onBusy: () => this.#idle.delete(connection),
      onIdle: () => this.#idle.add(connection),
      onNoRoom: () => this.#cut(connection, 'too_many_waiting'),
    });
    this.#bySocket.set(socket, connection);
    this.#idle.add(connection);
    socket.once('close', () => {
      this.#forget(connection);
      memory.release();
    });
  }

  receive(req: IncomingMessage, res: ServerResponse): void {
    this.#bySocket.get(req.socket)?.receive(req, res);
  }

  get isAnyBusy(): boolean {
    for (const connection of this.#bySocket.values()) if (connection.isBusy) return true;
    return false;
  }

  /** From now on each connection closes after the last response that it waits for. */
  startDraining(): void {
    this.#isDraining = true;
    for (const connection of this.#bySocket.values()) connection.closeBehindLast();
  }

  /** False: no connection is idle. One that has received part of a request leaves the list until it is answered. */
  #closeLongestIdle(): boolean {
    for (const connection of this.#idle) {
      this.#idle.delete(connection);
      if (connection.isReceiving) continue;
      this.#cut(connection, 'too_many_connections');
      return true;
    }
    return false;
  }

  #cut(connection: Connection, reason: CutReason): void {
    this.#options.onCut(reason);
    // The connection is removed here, and not when the socket has closed: that makes room for another.
    this.#forget(connection);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    this.#bySocket.delete(connection.socket);
    this.#idle.delete(connection);
  }
}

interface ConnectionHooks extends Pick<ConnectionsOptions, 'begin'> {
  isDraining(): boolean;
  onBusy(): void;
  onIdle(): void;
  /** The process has no memory for the requests that wait. */
  onNoRoom(): void;
}

interface WaitingRequest {
  readonly req: IncomingMessage;
  readonly begin: () => void;
  bytes: number;
}

/** At this number reading pauses. The bytes of one read may exceed it; node bounds the body of each request. */
export const MAX_WAITING = 64;
/** Node's request and response without headers take 1.5 KB, measured with 500,000 of them. */
const REQUEST_BYTES = 2048;

class Connection {
  readonly socket: Socket;
  /** For the requests that wait. */
  readonly #memory;
  readonly #hooks;
  readonly #waiting: WaitingRequest[] = [];
  #waitingBytes = 0;
  #current: ServerResponse | null = null;
  #bytesReadWhenIdle = 0;

  constructor(socket: Socket, memory: MemoryShare, hooks: ConnectionHooks) {
    this.socket = socket;
    this.#memory = memory;
    this.#hooks = hooks;
    socket.on('resume', () => this.#stayPaused());
  }

  get isBusy(): boolean {
    return this.#current !== null;
  }

  /** Bytes have come since the last response, so a request is on its way. */
  get isReceiving(): boolean {
    return this.socket.bytesRead > this.#bytesReadWhenIdle;
  }

  receive(req: IncomingMessage, res: ServerResponse): void {
    // The connection is cut, or the response before closed it: requests that the parser still finds get no answer.
    if (!this.socket.writable) return;
    if (this.#current !== null) {
      this.#wait(req, res);
      return;
    }
    this.#hooks.onBusy();
    this.#begin(req, res);
  }

  /** The last known response announces that the connection closes after it. */
  closeBehindLast(): void {
    if (this.#current?.headersSent !== false || this.#waiting.length > 0) return;
    this.#current.setHeader('Connection', 'close');
  }

  #begin(req: IncomingMessage, res: ServerResponse): void {
    this.#current = res;
    res.once('close', () => this.#beginNext());
    if (this.#hooks.isDraining()) this.closeBehindLast();
    this.#hooks.begin(req, res);
  }

  #beginNext(): void {
    this.#current = null;
    // The client has gone, or the response has closed the connection: the requests that wait never begin.
    if (!this.socket.writable) {
      this.#waiting.length = 0;
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#bytesReadWhenIdle = this.socket.bytesRead;
      this.#hooks.onIdle();
      return;
    }
    this.#waitingBytes -= next.bytes;
    this.#memory.hold(this.#waitingBytes);
    if (this.#waiting.length === 0) this.socket.resume();
    next.begin();
  }

  #wait(req: IncomingMessage, res: ServerResponse): void {
    // By now the body of the request before is complete.
    const before = this.#waiting.at(-1);
    if (before !== undefined) this.#count(before, before.req.readableLength);
    // Otherwise the request would begin in the async context of the one before it.
    const begin = AsyncResource.bind(() => this.#begin(req, res));
    const waiting = { req, begin, bytes: 0 };
    this.#waiting.push(waiting);
    this.#count(waiting, REQUEST_BYTES + headerBytes(req));
    // The first waiting request is not counted: after a client has read its response, its next request
    // may arrive before the server sees the end of the response.
    const isCounted = this.#waiting.length > 1;
    if (isCounted && !this.#memory.hold(this.#waitingBytes)) this.#hooks.onNoRoom();
    else if (this.#waiting.length >= MAX_WAITING) this.socket.pause();
  }

  #count(waiting: WaitingRequest, bytes: number): void {
    waiting.bytes += bytes;
    this.#waitingBytes += bytes;
  }

  /**
   * Node pauses a socket for a body that is not read, and resumes it behind the request that it has parsed. While
   * requests wait, the socket stays paused. A pause between a resume and its event is lost, and has to be repeated
   * after another event.
   */
  #stayPaused(): void {
    if (this.#waiting.length === 0) return;
    if (this.socket.isPaused()) this.socket.resume();
    else this.socket.pause();
  }
}

function headerBytes({ rawHeaders, url = '' }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length);
}
