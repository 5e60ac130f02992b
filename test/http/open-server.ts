// A server with a listener of the test, which closes with the test, and clients that speak plain bytes.
import { connect, type Socket } from 'node:net';
import type { Event } from '../../src/domain/events.js';
import { type HttpServerOptions, startHttpServer } from '../../src/http/server.js';

export interface OpenServer extends AsyncDisposable {
  readonly url: string;
  readonly events: Event[];
  /** A client that reads nothing until it is told to. */
  connect(): Client;
  closeBehindResponses(): void;
  drain(boundMs: number): Promise<number>;
}

export interface Client {
  readonly socket: Socket;
  /** All that has come, once it has to be read. */
  received(): string;
}

type Options = Omit<HttpServerOptions, 'host' | 'port' | 'report'>;

export async function openServer(options: Options): Promise<OpenServer> {
  const events: Event[] = [];
  const report = (event: Event) => void events.push(event);
  const server = await startHttpServer({ ...options, host: '127.0.0.1', port: 0, report });
  const sockets: Socket[] = [];
  return {
    url: server.url,
    events,
    closeBehindResponses: server.closeBehindResponses,
    drain: server.drain,
    connect() {
      const client = openClient(server.url);
      sockets.push(client.socket);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await server.drain(0);
    },
  };
}

function openClient(url: string): Client {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.pause();
  // A reset is an answer, too.
  socket.on('error', () => {});
  return { socket, received: () => received };
}

export function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

export function post(path: string, body: string): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}`;
  return `${head}\r\n\r\n${body}`;
}
