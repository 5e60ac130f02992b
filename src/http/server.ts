// The listening socket: starts, bounds how long a client may take, and drains.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Answer, KEEP_ALIVE_MS } from './answer.js';
import { Request } from './request.js';

export interface HttpServer {
  readonly url: string;
  /** Answers until nothing is in flight or the bound is over, then closes. */
  drain(boundMs: number): Promise<void>;
}

export type HttpListener = (req: Request, res: Answer) => void;

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly listener: HttpListener;
  readonly timeouts?: HttpTimeouts;
}

/** How long a client may take. */
export interface HttpTimeouts {
  readonly headersMs: number;
  /** Headers and body. */
  readonly requestMs: number;
  /** Without a byte in either direction, as when nobody reads an answer. */
  readonly silenceMs: number;
  readonly checkEveryMs: number;
}

export const TIMEOUTS: HttpTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  silenceMs: 45_000,
  checkEveryMs: 2_000,
};

const POLL_MS = 20;

export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const inFlight = createInFlight();
  let draining = false;
  const { headersMs, requestMs, silenceMs, checkEveryMs } = options.timeouts ?? TIMEOUTS;
  const kinds = { IncomingMessage: Request, ServerResponse: Answer };
  const serving = { ...kinds, connectionsCheckingInterval: checkEveryMs };
  const server = createServer(serving, (req, res) => {
    inFlight.add(req.socket, res);
    if (draining) res.setHeader('Connection', 'close');
    options.listener(req, res);
  });
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  server.timeout = silenceMs;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });

  return {
    url: urlOf(server.address()),
    /** It goes on listening meanwhile, so that /readyz can say that it drains. */
    async drain(boundMs) {
      draining = true;
      inFlight.closeBehind();
      const endsAt = Date.now() + boundMs;
      while (inFlight.isAny() && Date.now() < endsAt) await pause(POLL_MS);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        // Nothing is in flight, or may be any longer. To node, a connection that was opened and has
        // not asked yet, as browsers and clients keep some, is not among the idle ones.
        server.closeAllConnections();
      });
    },
  };
}

interface Connection {
  /** In their order, in which they end, too. */
  readonly responses: ServerResponse[];
  /** Forgets what is over: of an idle connection nothing is held. One for all of its responses. */
  readonly forget: () => void;
}

function createInFlight() {
  const bySocket = new Map<Socket, Connection>();

  function open(socket: Socket): Connection {
    const responses: ServerResponse[] = [];
    const forget = () => {
      while (responses[0]?.closed) responses.shift();
    };
    const connection = { responses, forget };
    bySocket.set(socket, connection);
    socket.once('close', () => {
      bySocket.delete(socket);
      // Node tells none but the first that the connection has gone; what waits behind it would run on.
      const waiting = responses.filter((response) => isOpen(response) && response.socket === null);
      for (const response of waiting) response.emit('close');
    });
    return connection;
  }

  return {
    add(socket: Socket, response: Answer): void {
      const { responses, forget } = bySocket.get(socket) ?? open(socket);
      response.ahead = responses.length;
      responses.push(response);
      response.on('close', forget);
    },
    /** Each connection is closed behind the last answer that it waits for, and the answer says so. */
    closeBehind(): void {
      for (const { responses } of bySocket.values()) {
        const last = responses.at(-1);
        if (last && !last.headersSent) last.shouldKeepAlive = false;
      }
    },
    isAny: () => [...bySocket.values()].some(({ responses }) => responses.some(isOpen)),
  };
}

function isOpen({ closed }: ServerResponse): boolean {
  return !closed;
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
