import { describe, expect, test } from 'vitest';
import { createStartup } from '../src/startup.js';

function scene() {
  const stop = new AbortController();
  const closed: string[] = [];
  const failures: unknown[] = [];
  const startup = createStartup({
    stop: stop.signal,
    onCloseFailed: (error) => void failures.push(error),
  });
  const start = (name: string) =>
    startup.start(
      () => name,
      (part) => void closed.push(part),
    );
  return { stop, closed, failures, startup, start };
}

describe('a startup', () => {
  test('closes the parts that it has started, the newest first, and once', async () => {
    const { start, startup, closed } = scene();
    for (const name of ['first', 'second', 'third']) expect(await start(name)).toBe(name);
    await Promise.all([startup.close(), startup.close()]);
    expect(closed).toEqual(['third', 'second', 'first']);
  });

  test('waits for each to close before it closes the one before', async () => {
    const { start, startup, closed } = scene();
    await start('first');
    await startup.start(
      () => 'slow',
      async (part) => {
        await new Promise((resolve) => setImmediate(resolve));
        closed.push(part);
      },
    );
    await startup.close();
    expect(closed).toEqual(['slow', 'first']);
  });

  test('closes the others when one fails to close, and tells of it', async () => {
    const { start, startup, closed, failures } = scene();
    const problem = new Error('It is stuck.');
    await start('first');
    await startup.start(
      () => 'stuck',
      () => {
        throw problem;
      },
    );
    await startup.close();
    expect([closed, failures]).toEqual([['first'], [problem]]);
  });

  test('rejects with the failure of a part, which it does not close', async () => {
    const { start, startup, closed } = scene();
    await start('first');
    const problem = new Error('The port is in use.');
    const failing = startup.start(
      () => Promise.reject<string>(problem),
      (part) => void closed.push(part),
    );
    await expect(failing).rejects.toBe(problem);
    await startup.close();
    expect(closed).toEqual(['first']);
  });

  test('starts nothing after it is stopped', async () => {
    const { start, stop } = scene();
    stop.abort();
    await expect(start('late')).rejects.toBe(stop.signal.reason);
  });

  test('does not wait for a part when it is stopped, and closes it if it still starts', async () => {
    const { start, startup, stop, closed } = scene();
    await start('first');
    let arrive = (_: string) => {};
    const pending = startup.start(
      () => new Promise<string>((resolve) => (arrive = resolve)),
      (part) => void closed.push(part),
    );
    stop.abort();
    await expect(pending).rejects.toBe(stop.signal.reason);
    await startup.close();
    expect(closed).toEqual(['first']);
    arrive('late');
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toEqual(['first', 'late']);
  });
});
