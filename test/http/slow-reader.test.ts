// A response is cut when its client takes too long to read it, even when it reads a little all the time.
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import type { StartTimer } from '../../src/http/response-bounds.js';
import { send } from '../../src/http/send-response.js';
import type { HttpListener } from '../../src/http/server.js';
import { get, openServer } from './open-server.js';

const MB = 1024 * 1024;

interface TestTimer {
  readonly ms: number;
  readonly fire: () => void;
}

/** Timers that the test fires. */
function testTimers() {
  const running = new Set<TestTimer>();
  const started: number[] = [];
  const timer: StartTimer = (ms, fire) => {
    const one = { ms, fire };
    running.add(one);
    started.push(ms);
    return () => void running.delete(one);
  };
  return { timer, running, started };
}

const sendAll =
  (body: string): HttpListener =>
  (_, res, bounds) =>
    send({ res, head: {}, ...bounds }, { status: 200, headers: {}, body });

test.each([
  ['a text', 'x'.repeat(16 * MB)],
  ['bytes', Buffer.alloc(16 * MB)],
])('a client that trickles through %s is cut after 30 s and 1 s per 64 KB', async (_, body) => {
  const { timer, running } = testTimers();
  const over = vi.fn();
  const listener: HttpListener = (_, res, bounds) => {
    res.once('close', () => over(res.writableFinished));
    send({ res, head: {}, ...bounds }, { status: 200, headers: {}, body });
  };
  await using server = await openServer({ listener, timer });
  const { socket } = server.connect();
  socket.write(get('/'));
  for (let count = 0; count < 20; count += 1) {
    const some = once(socket, 'data');
    socket.resume();
    await some;
    socket.pause();
  }
  expect([...running].map(({ ms }) => ms)).toEqual([30_000 + 256 * 1000]);
  expect(over).not.toHaveBeenCalled();
  for (const { fire } of running) fire();
  socket.resume();
  await once(socket, 'close');
  expect(over.mock.calls).toEqual([[false]]);
  expect(server.events).toEqual([{ type: 'connection_cut', reason: 'slow_reader' }]);
  expect(running.size).toBe(0);
});

test('a client that reads in time is not cut, and no timer is left', async () => {
  const { timer, running, started } = testTimers();
  const listener = sendAll('x'.repeat(16 * MB));
  await using server = await openServer({ listener, timer });
  expect(await (await fetch(server.url)).text()).toHaveLength(16 * MB);
  await vi.waitFor(() => expect(running.size).toBe(0));
  expect(started).toHaveLength(1);
  expect(server.events).toEqual([]);
});

test('a response that the kernel takes at once needs no timer', async () => {
  const { timer, started } = testTimers();
  const listener = sendAll('x'.repeat(10_000));
  await using server = await openServer({ listener, timer });
  for (let count = 0; count < 20; count += 1) await (await fetch(server.url)).text();
  expect(started).toEqual([]);
});

test('one that it does not take has its time, however small', async () => {
  const { timer, running } = testTimers();
  const listener = sendAll('x'.repeat(200_000));
  await using server = await openServer({ listener, timer });
  const { socket } = server.connect();
  // The responses before it fill what the kernel keeps for a client that does not read.
  socket.write(get('/').repeat(60));
  await vi.waitFor(() => expect(running.size).toBe(1), { timeout: 5000 });
  for (const { ms, fire } of running) {
    expect(ms).toBe(34_000);
    fire();
  }
  socket.resume();
  await once(socket, 'close');
  expect(server.events).toEqual([{ type: 'connection_cut', reason: 'slow_reader' }]);
});
