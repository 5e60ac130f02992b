// The listening socket: it starts, bounds the time that a client may take, and drains.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
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
  /** Answers until no request is in flight or the bound is over, then closes. */
  drain(boundMs: number): Promise<void>;
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

/** The time that an idle connection stays open for its next request. */
const KEEP_ALIVE_MS = 10_000;
const POLL_MS = 20;

export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listener, timeouts = TIMEOUTS, memory = createHttpMemory(0) } = options;
  const { timer = startTimer, report = () => {}, maxConnections = 10_000 } = options;
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
      keepAliveTimeout: KEEP_ALIVE_MS,
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
    /** The server keeps listening meanwhile, so that /readyz can report that it drains. */
    async drain(boundMs) {
      connections.startDraining();
      const endsAt = performance.now() + boundMs;
      while (connections.isAnyBusy && performance.now() < endsAt) await setTimeout(POLL_MS);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        // No request is in flight, or may be any longer. Node does not count an open connection without a
        // request so far as idle; browsers and clients keep some of these.
        server.closeAllConnections();
      });
    },
  };
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
