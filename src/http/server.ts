// The listening socket: it starts, bounds the time that a client may take, and drains.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Report } from '../domain/events.js';
import { Connections, type CutReason } from './connections.js';
import {
  createHttpMemory,
  type HttpMemory,
  openResponseBounds,
  type ResponseBounds,
  type StartTimer,
  startTimer,
} from './response-bounds.js';

export interface HttpServer {
  readonly url: string;
  /** The number of open connections. */
  connections(): number;
  /** From now on each connection closes after its response, so that clients open their next one elsewhere. */
  closeBehindResponses(): void;
  /**
   * Answers until no request is in flight or the bound is over, then closes. A request is in flight from the moment
   * when its first byte, or its connection, has reached the socket. Gives the number of those that it has cut.
   */
  drain(boundMs: number): Promise<number>;
}

/** A promise that it returns never rejects. */
export type HttpListener = (
  req: IncomingMessage,
  res: ServerResponse,
  bounds: ResponseBounds,
) => unknown;

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly listener: HttpListener;
  readonly timeouts?: typeof TIMEOUTS;
  /** The time that an idle connection stays open for its next request. */
  readonly keepAliveMs?: number;
  /** Shared by all servers of the process; without it the server has one of its own. */
  readonly memory?: HttpMemory;
  readonly maxConnections?: number;
  readonly timer?: StartTimer | undefined;
  readonly report?: Report;
}

/** The times that a client may take. */
export const TIMEOUTS = {
  headersMs: 10_000,
  /** Headers and body. */
  requestMs: 30_000,
  /** Time without a byte in either direction, for example when the client does not read an answer. */
  silenceMs: 45_000,
  checkEveryMs: 2_000,
};

const POLL_MS = 20;

export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listener, timeouts = TIMEOUTS, memory = createHttpMemory(0) } = options;
  const { timer = startTimer, report = () => {} } = options;
  const { maxConnections = 10_000, keepAliveMs = 65_000 } = options;
  const onCut = (reason: CutReason) => report({ type: 'connection_cut', reason });
  const onSlowReader = () => onCut('slow_reader');
  const connections = new Connections({
    max: maxConnections,
    waitingRequests: memory.waitingRequests,
    onCut,
    begin(req, res) {
      const bounds = openResponseBounds(res, memory.responses, timer, onSlowReader);
      listener(req, res, bounds);
      return bounds.memory.release;
    },
  });
  const receive = (req: IncomingMessage, res: ServerResponse) => connections.receive(req, res);
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: timeouts.checkEveryMs,
      // Otherwise node would answer such a request out of turn; the listener refuses it.
      requireHostHeader: false,
    },
    receive,
  );
  server.timeout = timeouts.silenceMs;
  // Node would answer 417 out of turn. A server may ignore an expectation that it does not know (RFC 9110, 10.1.1).
  server.on('checkExpectation', receive);
  server.on('connection', (socket) => connections.open(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });

  return {
    url: urlOf(server.address()),
    connections: () => connections.size,
    closeBehindResponses: () => connections.closeBehindResponses(),
    /** The server keeps listening meanwhile, so that /readyz can report that it drains. */
    async drain(boundMs) {
      connections.closeBehindResponses();
      await untilQuiet(connections, performance.now() + boundMs);
      const cutRequests = connections.busy;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        // No request is in flight, or may be any longer. Node does not count an open connection without a
        // request so far as idle; browsers and clients keep some of these.
        server.closeAllConnections();
      });
      return cutRequests;
    },
  };
}

/**
 * Until a turn of the event loop has accepted no connection and left no request in flight. A turn reads every socket,
 * but accepts only one of the connections that the kernel has opened (libuv since 1.45).
 */
async function untilQuiet(connections: Connections, endsAt: number): Promise<void> {
  do {
    const { opened } = connections;
    await turnOfTheLoop();
    if (connections.busy > 0) await setTimeout(POLL_MS);
    else if (connections.opened === opened) return;
  } while (performance.now() < endsAt);
}

/** Between the two, the loop polls all sockets. */
async function turnOfTheLoop(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
