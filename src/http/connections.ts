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
  /** The turn of a request has come. The function that it gives is called after the response. */
  begin(req: IncomingMessage, res: ServerResponse): () => void;
  onCut(reason: CutReason): void;
}

export type CutReason = Event<'connection_cut'>['reason'];

interface Connection {
  readonly socket: Socket;
  readonly waiting: WaitingRequest[];
  /** For the requests that wait. */
  readonly memory: MemoryShare;
  waitingBytes: number;
  current: ServerResponse | null;
  bytesReadWhenIdle: number;
}

interface WaitingRequest {
  readonly req: IncomingMessage;
  readonly begin: () => void;
  bytes: number;
}

/** At either of these bounds reading pauses. The bytes of one read may exceed both. */
export const MAX_WAITING = 64;
/** Node 24 buffers 64 KB of a body that is not read, Node 20 only 16 KB. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Node's request and response without headers take 1.5 KB, measured with 500,000 of them. */
const REQUEST_BYTES = 2048;

export class Connections {
  readonly #options;
  readonly #bySocket = new Map<Socket, Connection>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Connection>();
  #isClosing = false;
  #opened = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  open(socket: Socket): void {
    const { max, waitingRequests, onCut } = this.#options;
    this.#opened += 1;
    if (this.#bySocket.size >= max && !this.#closeLongestIdle()) {
      onCut('too_many_connections');
      socket.destroy();
      return;
    }
    const memory = waitingRequests.open();
    const idle = { waiting: [], waitingBytes: 0, current: null, bytesReadWhenIdle: 0 };
    const connection: Connection = { socket, memory, ...idle };
    this.#bySocket.set(socket, connection);
    this.#idle.add(connection);
    socket.on('resume', () => stayPaused(connection));
    socket.once('close', () => {
      this.#forget(connection);
      memory.release();
    });
  }

  receive(req: IncomingMessage, res: ServerResponse): void {
    const connection = this.#bySocket.get(req.socket);
    // The connection is cut, or the response before closed it: requests that the parser still finds get no answer.
    if (!connection?.socket.writable) return;
    if (connection.current === null) this.#begin(connection, req, res);
    else this.#wait(connection, req, res);
  }

  /** The number of all connections so far. */
  get opened(): number {
    return this.#opened;
  }

  /** The number of those that are open. */
  get size(): number {
    return this.#bySocket.size;
  }

  /** The number of connections on which a request runs, or a part of one has come. */
  get busy(): number {
    return [...this.#bySocket.values()].filter(isBusy).length;
  }

  /** From now on each connection closes after the last response that it waits for. */
  closeBehindResponses(): void {
    this.#isClosing = true;
    for (const connection of this.#bySocket.values()) closeBehindLast(connection);
  }

  /** False: no connection is idle. One that has received part of a request leaves the list until it is answered. */
  #closeLongestIdle(): boolean {
    for (const connection of this.#idle) {
      this.#idle.delete(connection);
      if (isBusy(connection)) continue;
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

  #begin(connection: Connection, req: IncomingMessage, res: ServerResponse): void {
    this.#idle.delete(connection);
    connection.current = res;
    if (this.#isClosing) closeBehindLast(connection);
    const end = this.#options.begin(req, res);
    res.on('close', () => {
      end();
      this.#beginNext(connection);
      // Of a body that was refused, the rest may still come, and is not a new request.
      if (!req.complete) req.once('close', () => markRead(connection));
    });
  }

  #beginNext(connection: Connection): void {
    const { socket, waiting, memory } = connection;
    connection.current = null;
    markRead(connection);
    // The client has gone, or the response has closed the connection: the requests that wait never begin.
    if (!socket.writable) {
      waiting.length = 0;
      return;
    }
    const next = waiting.shift();
    if (next === undefined) {
      this.#idle.add(connection);
      return;
    }
    connection.waitingBytes -= next.bytes;
    memory.hold(connection.waitingBytes);
    if (waiting.length === 0) socket.resume();
    next.begin();
  }

  #wait(connection: Connection, req: IncomingMessage, res: ServerResponse): void {
    const { socket, waiting, memory } = connection;
    // By now the body of the request before is complete.
    const before = waiting.at(-1);
    if (before !== undefined) count(connection, before, before.req.readableLength);
    // Otherwise the request would begin in the async context of the one before it.
    const begin = AsyncResource.bind(() => this.#begin(connection, req, res));
    const request = { req, begin, bytes: 0 };
    waiting.push(request);
    if (this.#isClosing) keepForNext(connection);
    count(connection, request, REQUEST_BYTES + headerBytes(req));
    // The first waiting request is not counted: after a client has read its response, its next request
    // may arrive before the server sees the end of the response.
    const isCounted = waiting.length > 1;
    if (isCounted && !memory.hold(connection.waitingBytes)) {
      this.#cut(connection, 'too_many_waiting');
    } else if (waiting.length >= MAX_WAITING || connection.waitingBytes >= MAX_WAITING_BYTES) {
      socket.pause();
    }
  }
}

function count(connection: Connection, request: WaitingRequest, bytes: number): void {
  request.bytes += bytes;
  connection.waitingBytes += bytes;
}

function headerBytes({ rawHeaders, url = '' }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length);
}

function isBusy({ socket, current, bytesReadWhenIdle }: Connection): boolean {
  return current !== null || socket.bytesRead > bytesReadWhenIdle;
}

/** Bytes that come from now on belong to another request. */
function markRead(connection: Connection): void {
  connection.bytesReadWhenIdle = connection.socket.bytesRead;
}

/** The last known response announces that the connection closes after it. */
function closeBehindLast({ current, waiting }: Connection): void {
  if (current?.headersSent === false && waiting.length === 0) {
    current.setHeader('Connection', 'close');
  }
}

/** Another request has come before the response that should have been the last. */
function keepForNext({ current }: Connection): void {
  if (current?.headersSent === false) current.setHeader('Connection', 'keep-alive');
}

/**
 * Node pauses a socket for a body that is not read, and resumes it behind the request that it has parsed. While
 * requests wait, the socket stays paused. A pause between a resume and its event is lost, and has to be repeated
 * after another event.
 */
function stayPaused({ socket, waiting }: Connection): void {
  if (waiting.length === 0) return;
  if (socket.isPaused()) socket.resume();
  else socket.pause();
}
