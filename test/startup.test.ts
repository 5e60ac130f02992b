import { describe, expect, test } from 'vitest';
import { createStartup } from '../src/startup.js';

function scene() {
  const stop = new AbortController();
  const closed: string[] = [];
  const failures: unknown[] = [];
  const startup = createStartup(stop.signal, (error) => void failures.push(error));
  const part = (name: string) => ({ name, close: () => void closed.push(name) });
  const start = (name: string) => startup.start(() => part(name));
  return { stop, closed, failures, startup, part, start };
}

describe('a startup', () => {
  test('closes the parts that it has started, the newest first, and once', async () => {
    const { start, startup, closed } = scene();
    for (const name of ['first', 'second', 'third'])
      expect(await start(name)).toMatchObject({ name });
    await Promise.all([startup.close(), startup.close()]);
    expect(closed).toEqual(['third', 'second', 'first']);
  });

  test('waits for each to close before it closes the one before', async () => {
    const { start, startup, closed } = scene();
    await start('first');
    await startup.start(() => ({
      async close() {
        await new Promise((resolve) => setImmediate(resolve));
        closed.push('slow');
      },
    }));
    await startup.close();
    expect(closed).toEqual(['slow', 'first']);
  });

  test('closes the others when one fails to close, and reports it', async () => {
    const { start, startup, closed, failures } = scene();
    const problem = new Error('It is stuck.');
    await start('first');
    await startup.start(() => ({
      close() {
        throw problem;
      },
    }));
    await startup.close();
    expect([closed, failures]).toEqual([['first'], [problem]]);
  });

  test('rejects with the failure of a part, which it does not close', async () => {
    const { start, startup, closed } = scene();
    await start('first');
    const problem = new Error('The port is in use.');
    await expect(startup.start(() => Promise.reject(problem))).rejects.toBe(problem);
    await startup.close();
    expect(closed).toEqual(['first']);
  });

  test('starts nothing after it is stopped', async () => {
    const { start, stop } = scene();
    stop.abort();
    await expect(start('late')).rejects.toBe(stop.signal.reason);
  });

  test('does not wait for a part when it is stopped, and closes it if it still starts', async () => {
    const { part, start, startup, stop, closed } = scene();
    await start('first');
    let arrive = (_: ReturnType<typeof part>) => {};
    const arrival = new Promise<ReturnType<typeof part>>((resolve) => {
      arrive = resolve;
    });
    const pending = startup.start(() => arrival);
    stop.abort();
    await expect(pending).rejects.toBe(stop.signal.reason);
    await startup.close();
    expect(closed).toEqual(['first']);
    arrive(part('late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toEqual(['first', 'late']);
  });
});
