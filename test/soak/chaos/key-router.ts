// One address for several sandboxes: a connection goes to the sandbox of the key that its first request
// is signed with. So two keys ask the same ids at the same endpoint and are told different things.
import { connect, createServer, type Socket } from 'node:net';

interface KeyRouter {
  readonly url: string;
  close(): Promise<void>;
}

export async function startKeyRouter(urls: ReadonlyMap<string, string>): Promise<KeyRouter> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    client.on('error', () => {});
    const received: Buffer[] = [];
    const onData = (chunk: Buffer) => {
      received.push(chunk);
      const head = Buffer.concat(received);
      const key = /\bCredential=([^,\s]+)/.exec(head.toString('latin1'))?.[1];
      if (key === undefined) return;
      client.off('data', onData);
      join(client, new URL(urls.get(key) ?? 'http://127.0.0.1:1'), head);
    };
    client.on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Each end gets the fate of the other: a reset is passed on as a reset, a cut as a cut, a close as a close. */
function join(client: Socket, { hostname, port }: URL, head: Buffer): void {
  const upstream = connect(Number(port), hostname, () => upstream.write(head));
  client.on('data', (chunk: Buffer) => upstream.write(chunk));
  upstream.on('data', (chunk: Buffer) => client.write(chunk));
  upstream.on('error', () => client.resetAndDestroy());
  upstream.once('close', () => client.destroySoon());
  client.once('close', () => upstream.destroy());
}
