import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.js';
import { freePort } from '../support/free-port.js';
import { describeWith } from '../support/programs.js';
import { type RedisProcess, startRedis, untilTrue } from '../support/redis-process.js';

interface Watched extends Disposable {
  readonly redis: RedisConnection;
  readonly events: Event[];
}

function connected(url: string): Watched {
  const events: Event[] = [];
  const redis = connectRedis(url, (event) => events.push(event), Date.now);
  return { redis, events, [Symbol.dispose]: redis.close };
}

const ping = (redis: RedisConnection) => redis.ask((client) => client.ping());

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunAt = performance.now();
  await work();
  return performance.now() - begunAt;
}

const answersWithin = async (redis: RedisConnection, ms: number) => {
  const took = await timed(() => untilTrue(async () => (await ping(redis)) === 'PONG'));
  expect(took).toBeLessThan(ms);
};

/** A machine that stands still for 50 ms makes a healthy Redis look dead; it does so rarely. */
const AGAIN = { retry: 3 };

const UP: Event = { type: 'redis', state: 'up' };
const DOWN: Event = { type: 'redis', state: 'down' };

describe('a Redis that was never there', () => {
  test.concurrent('is no answer at once, time and again, and is told once', async () => {
    using scene = connected(`redis://127.0.0.1:${await freePort()}`);
    const { redis, events } = scene;
    expect(redis.isUp()).toBe(false);
    expect(await ping(redis)).toBeUndefined();
    await pause(1200);
    const took = await timed(async () => {
      for (let index = 0; index < 100; index += 1) expect(await ping(redis)).toBeUndefined();
    });
    expect(took).toBeLessThan(100);
    // Bug: a Redis that could not be reached from the start was never told.
    expect(events).toEqual([DOWN]);
  });
});

describeWith('redis-server', 'a Redis that is there', (executable) => {
  let server: RedisProcess;
  beforeAll(async () => {
    server = await startRedis(executable);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.concurrent('answers, and is told to be up once', AGAIN, async () => {
    using scene = connected(server.url);
    await untilTrue(scene.redis.isUp);
    for (let index = 0; index < 10; index += 1) expect(await ping(scene.redis)).toBe('PONG');
    expect(scene.events).toEqual([UP]);
  });

  test.concurrent(
    'that hangs costs one short wait and then none, and is used again when it goes on',
    AGAIN,
    async () => {
      await using hanging = await startRedis(executable);
      using scene = connected(hanging.url);
      const { redis, events } = scene;
      await untilTrue(redis.isUp);
      hanging.hang();
      const first = await timed(async () => expect(await ping(redis)).toBeUndefined());
      expect(first).toBeGreaterThan(40);
      expect(first).toBeLessThan(250);
      const next = await timed(async () => {
        for (let index = 0; index < 100; index += 1) expect(await ping(redis)).toBeUndefined();
      });
      expect(next).toBeLessThan(40);
      expect(redis.isUp()).toBe(false);
      expect(events).toEqual([UP, DOWN]);
      await pause(1500);
      hanging.goOn();
      await answersWithin(redis, 2000);
      expect(events).toEqual([UP, DOWN, UP]);
    },
  );

  test.concurrent(
    'that hangs lets a hundred who ask at the same time wait together, not one after the other',
    AGAIN,
    async () => {
      await using hanging = await startRedis(executable);
      using scene = connected(hanging.url);
      await untilTrue(scene.redis.isUp);
      hanging.hang();
      const took = await timed(() =>
        Promise.all(Array.from({ length: 100 }, () => ping(scene.redis))),
      );
      expect(took).toBeLessThan(250);
    },
  );

  test.concurrent(
    'that is killed is gone at once, and is used again within two seconds of its return',
    AGAIN,
    async () => {
      await using mortal = await startRedis(executable);
      using scene = connected(mortal.url);
      const { redis, events } = scene;
      await untilTrue(redis.isUp);
      const asked = Array.from({ length: 20 }, () => ping(redis));
      await mortal.kill();
      expect(await timed(() => Promise.all(asked))).toBeLessThan(250);
      await untilTrue(() => !redis.isUp());
      expect(await timed(() => ping(redis))).toBeLessThan(40);
      await pause(1200);
      await mortal.restart();
      await answersWithin(redis, 2000);
      expect(events).toEqual([UP, DOWN, UP]);
    },
  );

  test.concurrent('that comes late, and after another program on its port, is used when it is there', async () => {
    await using late = await startRedis(executable);
    await late.kill();
    using scene = connected(late.url);
    const other = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(Number(new URL(late.url).port), resolve));
    await pause(700);
    expect(await ping(scene.redis)).toBeUndefined();
    await new Promise((resolve) => other.close(resolve));
    await late.restart();
    await answersWithin(scene.redis, 2000);
    expect(scene.events).toEqual([DOWN, UP]);
  });

  // Bug: a connection whose other end has vanished without a word was held on to until TCP gave it up.
  test.concurrent(
    'behind a connection that has gone silent is used again by a new one within two seconds',
    AGAIN,
    async () => {
      await using proxy = await startProxy(server.url);
      using scene = connected(proxy.url);
      await untilTrue(scene.redis.isUp);
      proxy.silence();
      expect(await ping(scene.redis)).toBeUndefined();
      await answersWithin(scene.redis, 2000);
    },
  );

  // Bug: one refusal, such as of a full or read-only Redis, took Redis from all others for half a second.
  test.concurrent(
    'may refuse a command: that is no answer and no error, and Redis is used on',
    AGAIN,
    async () => {
      using scene = connected(server.url);
      await untilTrue(scene.redis.isUp);
      await server.client.set('text', 'x');
      expect(await scene.redis.ask((client) => client.lpush('text', 'y'))).toBeUndefined();
      expect(await ping(scene.redis)).toBe('PONG');
      expect(scene.events).toEqual([UP]);
    },
  );

  test.concurrent('stays up while nobody asks', AGAIN, async () => {
    using scene = connected(server.url);
    await untilTrue(scene.redis.isUp);
    await ping(scene.redis);
    await pause(1200);
    expect(await ping(scene.redis)).toBe('PONG');
    expect(scene.events).toEqual([UP]);
  });

  test.concurrent('closed, is no answer, and connects no more', AGAIN, async () => {
    using scene = connected(server.url);
    await untilTrue(scene.redis.isUp);
    scene.redis.close();
    await untilTrue(() => !scene.redis.isUp());
    await pause(700);
    expect(await ping(scene.redis)).toBeUndefined();
    expect(scene.redis.isUp()).toBe(false);
    // Bug: every orderly end was told as an outage.
    expect(scene.events).toEqual([UP]);
  });

  test.concurrent('with a password that is wrong is down, and neither it nor the URL is ever told', async () => {
    await using guarded = await startRedis(executable, 'right-password');
    using scene = connected(guarded.url.replace('right-password', 'wrong-password'));
    await pause(700);
    expect(await ping(scene.redis)).toBeUndefined();
    using admitted = connected(guarded.url);
    await answersWithin(admitted.redis, 2000);
    await guarded.kill();
    await untilTrue(() => admitted.events.length === 2);
    const told = JSON.stringify([scene.events, admitted.events]);
    for (const secret of ['password', '127.0.0.1', new URL(guarded.url).port]) {
      expect(told).not.toContain(secret);
    }
  });
});

/** Stands before Redis; told to be silent, it lets the connections there are hang, and takes new ones. */
async function startProxy(target: string) {
  const { port } = new URL(target);
  const pairs: [Socket, Socket][] = [];
  const proxy = createServer((near) => {
    const far = connect(Number(port), '127.0.0.1');
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
    pairs.push([near, far]);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of pairs.flat()) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
