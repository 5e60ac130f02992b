// The number of connections that a server keeps, and the one that makes room for another.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import { statusesOf } from '../security/raw-socket.js';
import { type Client, get, type OpenServer, openServer } from './open-server.js';

const CUT = { type: 'connection_cut', reason: 'too_many_connections' };
const held: ServerResponse[] = [];

const serve = (maxConnections: number) =>
  openServer({
    maxConnections,
    listener({ url }: IncomingMessage, res: ServerResponse) {
      if (url === '/slow') held.push(res);
      else res.end(url);
    },
  });

/** Has a response, and is kept for its next request. */
async function used(server: OpenServer, path: string): Promise<Client> {
  const client = server.connect();
  client.socket.resume().write(get(path));
  await vi.waitFor(() => expect(client.received()).toMatch(new RegExp(`${path}$`)));
  return client;
}

async function ask({ socket, received }: Client, path: string): Promise<void> {
  socket.resume().write(get(path));
  await vi.waitFor(() => expect(received()).toMatch(new RegExp(`${path}$`)));
}

const closed = ({ socket }: Client) => (socket.closed ? null : once(socket, 'close'));

test('the connection that is idle longest is closed for a new one', async () => {
  await using server = await serve(3);
  const [first, second, third] = [
    await used(server, '/1'),
    await used(server, '/2'),
    await used(server, '/3'),
  ];
  // Now the second is idle longest.
  await ask(first, '/1/again');
  const fourth = await used(server, '/4');
  await closed(second);
  expect(server.events).toEqual([CUT]);
  for (const client of [first, third, fourth]) await ask(client, '/still');
});

test('a connection that was never used is idle, too', async () => {
  await using server = await serve(2);
  const unused = server.connect();
  await once(unused.socket, 'connect');
  const other = await used(server, '/1');
  await used(server, '/2');
  unused.socket.resume();
  await closed(unused);
  await ask(other, '/still');
});

test('with none idle it is the new one that is closed', async () => {
  await using server = await serve(2);
  const running = server.connect();
  running.socket.resume().write(get('/slow'));
  await vi.waitFor(() => expect(held).toHaveLength(1));
  const sending = await used(server, '/1');
  // It was idle, and now sends the head of its next request.
  sending.socket.write(get('/part').slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = server.connect();
  refused.socket.resume();
  await closed(refused);
  expect(server.events).toEqual([CUT]);
  held.pop()?.end('done');
  sending.socket.write(get('/part').slice(20));
  await vi.waitFor(() => expect(sending.received()).toMatch(/\/part$/));
  await vi.waitFor(() => expect(running.received()).toMatch(/done$/));
  // Both are idle again, and make room.
  await used(server, '/2');
});

test('connections that have closed make room without any being cut', async () => {
  await using server = await serve(2);
  for (let count = 0; count < 10; count += 1) {
    const { socket, received } = await used(server, '/1');
    expect(statusesOf(received())).toEqual([200]);
    socket.end();
    await once(socket, 'close');
  }
  expect(server.events).toEqual([]);
});
