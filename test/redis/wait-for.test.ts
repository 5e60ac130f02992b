import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/lib/time.js';
import { waitFor } from '../../src/redis/wait-for.js';
import { standStill } from '../support/stand-still.js';

const never = new Promise<void>(() => {});
const { monotonic } = SYSTEM_CLOCK;

describe('a wait', () => {
  test('ends with the result that it waits for, also a failure', async () => {
    expect(await waitFor(Promise.resolve(1), { limitMs: 10_000, monotonic })).toBe('settled');
    const failure = Promise.reject(new Error('It fails.'));
    expect(await waitFor(failure, { limitMs: 10_000, monotonic })).toBe('settled');
  });

  describe('by a clock of its own', () => {
    /** The process is late by `lateMs` at each timer. */
    async function wait(limitMs: number, lateMs: number) {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
      try {
        const clock = { lateMs: 0 };
        const waited = waitFor(never, { limitMs, monotonic: () => Date.now() + clock.lateMs });
        const begunAt = Date.now();
        let outcome: string | undefined;
        void waited.then((given) => {
          outcome = given;
        });
        while (outcome === undefined && Date.now() - begunAt < 100_000) {
          clock.lateMs += lateMs;
          vi.advanceTimersToNextTimer();
          await new Promise((resolve) => setImmediate(resolve));
        }
        return { outcome, tookMs: Date.now() - begunAt };
      } finally {
        vi.useRealTimers();
      }
    }

    test('is over after its limit when the process is awake', async () => {
      expect(await wait(1000, 0)).toEqual({ outcome: 'silent', tookMs: 1000 });
      expect(await wait(1000, 10)).toEqual({ outcome: 'silent', tookMs: 1000 });
    });

    test('says that the process stood still when it is late all the time, and ends', async () => {
      expect(await wait(1000, 300)).toEqual({ outcome: 'stalled', tookMs: 5000 });
    });
  });

  // Bug: a process that stood still for longer than the limit took a healthy peer for a silent one.
  test('finds the answer that came while the process stood still', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.write('+PONG\r\n')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port.');
    const client = new Redis(address.port, { enableReadyCheck: false, disableClientInfo: true });
    await new Promise<void>((resolve) => client.once('ready', () => resolve()));
    const waited = waitFor(client.ping(), { limitMs: 50, monotonic });
    standStill(500);
    expect(await waited).toBe('settled');
    client.disconnect();
    await new Promise((resolve) => server.close(resolve));
  });
});
