// All connections of a server: it bounds their number, and chooses the one that is closed for a new one.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Event } from '../domain/events.js';
import { Connection, type ConnectionHooks } from './connection.js';
import type { SharedMemory } from './response-bounds.js';

export interface ConnectionsOptions {
  readonly max: number;
  readonly waitingRequests: SharedMemory;
  readonly begin: ConnectionHooks['begin'];
  readonly onCut: (reason: CutReason) => void;
}

export type CutReason = Extract<Event, { type: 'connection_cut' }>['reason'];

export class Connections {
  readonly #options;
  readonly #hooks: ConnectionHooks;
  readonly #bySocket = new Map<Socket, Connection>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Connection>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#hooks = {
      begin: options.begin,
      becomesBusy: (connection) => this.#idle.delete(connection),
      becomesIdle: (connection) => this.#idle.add(connection),
      hasNoRoom: (connection) => this.#cut(connection, 'too_many_waiting'),
    };
  }

  open(socket: Socket): void {
    const { max, waitingRequests, onCut } = this.#options;
    if (this.#bySocket.size >= max && !this.#closeLongestIdle()) {
      onCut('too_many_connections');
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, waitingRequests.open(), this.#hooks);
    this.#bySocket.set(socket, connection);
    this.#idle.add(connection);
    socket.once('close', () => {
      this.#forget(connection);
      connection.end();
    });
  }

  receive(req: IncomingMessage, res: ServerResponse): void {
    this.#bySocket.get(req.socket)?.receive(req, res);
  }

  get isAnyBusy(): boolean {
    for (const connection of this.#bySocket.values()) if (connection.isBusy) return true;
    return false;
  }

  /** Each connection closes after the last response that it waits for. */
  closeBehindLast(): void {
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
