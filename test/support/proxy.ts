// An HTTP proxy that connects every host to one local port, and tells which hosts it was asked for.
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ProxyServer extends AsyncDisposable {
  readonly port: number;
  /** The hosts, in the order in which connections were asked for. */
  readonly asked: readonly string[];
  /** The connections of clients that are open. */
  connections(): number;
}

interface ProxyOptions {
  /** Where each host leads; null: it never answers. A number instead: the status of its refusal. */
  readonly route: (host: string) => { readonly port: number } | number | null;
  /** As in a URL. */
  readonly user?: string;
}

export async function startProxy({ route, user }: ProxyOptions): Promise<ProxyServer> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_, res) => res.writeHead(405).end());
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
  });
  server.on('connect', ({ url = '', headers }, client: Socket) => {
    asked.push(url);
    const wanted = user && `Basic ${Buffer.from(decodeURIComponent(user)).toString('base64')}`;
    const to = headers['proxy-authorization'] === wanted ? route(url) : 407;
    // Else the end of the client is not seen.
    if (to === null) return void client.resume().on('end', () => client.end());
    if (typeof to === 'number') return void client.end(`HTTP/1.1 ${to} Refused\r\n\r\n`);
    const behind = connect(to.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(behind).pipe(client);
    });
    open.add(behind);
    behind.on('error', () => client.destroy()).on('close', () => open.delete(behind));
    client.on('close', () => behind.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    connections: () => open.size,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
