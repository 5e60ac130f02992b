// One client cannot take the connections or the memory of a server from all others.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { StartTimer } from '../../src/http/response-bounds.js';
import { converse, statusesOf } from '../security/raw-socket.js';
import { type TestApp, withApp } from '../support/with-app.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function open({ url }: TestApp): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function cutsOf({ url }: TestApp): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
  return text.match(/^pai_graph_connections_cut_total.*$/gm) ?? [];
}

test('MAX_CONNECTIONS closes the connection that is idle longest for a new one', async () => {
  await using app = await withApp({ env: { MAX_CONNECTIONS: '2' } });
  const [first, second] = [await open(app), await open(app)];
  first.write(get('/healthz'));
  const [answer] = await once(first, 'data');
  expect(statusesOf(String(answer))).toEqual([200]);
  const closed = once(second.resume(), 'close');
  const { received } = await converse(
    app.url,
    get('/healthz').replace('\r\n', '\r\nConnection: close\r\n'),
  );
  expect(statusesOf(received)).toEqual([200]);
  await closed;
  expect(first.closed).toBe(false);
  expect(await cutsOf(app)).toEqual([
    'pai_graph_connections_cut_total{reason="too_many_connections"} 1',
  ]);
});

test('a client that reads its response too slowly is cut, and the metrics tell', async () => {
  const running = new Map<() => void, number>();
  const timer: StartTimer = (ms, run) => {
    running.set(run, ms);
    return () => void running.delete(run);
  };
  await using app = await withApp({ hooks: { timer } });
  const { byteLength } = await (await fetch(app.url)).arrayBuffer();
  await vi.waitFor(() => expect(running.size).toBe(0));
  const socket = await open(app);
  socket.pause();
  socket.write(get('/').replace('\r\n\r\n', '\r\nAccept-Encoding: identity\r\n\r\n'));
  await vi.waitFor(() => expect(running.size).toBe(1));
  const [[cut, ms] = [() => {}, 0]] = running;
  expect(ms).toBe(30_000 + Math.ceil(byteLength / 65_536) * 1000);
  cut();
  await once(socket.resume(), 'close');
  expect(await cutsOf(app)).toEqual(['pai_graph_connections_cut_total{reason="slow_reader"} 1']);
});
