// The promises of every limiter of operations, wherever it counts.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { OperationLimiter } from '../../src/auth/operation-limiter.js';

export function operationLimiterSuite(name: string, open: (perSecond: number) => OperationLimiter) {
  describe.concurrent(`a limiter of operations in ${name}`, () => {
    test('lets as many through as it may, then says limit, measure and when to return', async () => {
      const [limiter, caller] = [open(3), randomUUID()];
      const startedAt = Date.now();
      const taken = [];
      for (let index = 0; index < 5; index += 1) taken.push(await limiter.countCaller(caller));
      expect(Date.now() - startedAt).toBeLessThan(1000);
      expect(taken.slice(0, 3)).toEqual([null, null, null]);
      expect(taken.slice(3)).toMatchObject([
        { limit: 3, measured: 4 },
        { limit: 3, measured: 5 },
      ]);
      for (const refusal of taken.slice(3)) {
        expect(refusal?.retryAfterMs).toBeGreaterThan(0);
        expect(refusal?.retryAfterMs).toBeLessThanOrEqual(1000);
      }
    });

    test('lets the caller go on when the time is over that it has said', async () => {
      const [limiter, caller] = [open(1), randomUUID()];
      await limiter.countCaller(caller);
      const refusal = await limiter.countCaller(caller);
      await pause((refusal?.retryAfterMs ?? 0) + 20);
      expect(await limiter.countCaller(caller)).toBeNull();
    });

    test('counts those at the same time one by one', async () => {
      const [limiter, caller] = [open(10), randomUUID()];
      const taken = await Promise.all(
        Array.from({ length: 25 }, () => limiter.countCaller(caller)),
      );
      expect(taken.filter((refusal) => refusal === null)).toHaveLength(10);
    });

    test('counts addresses apart from callers, also where one is called like the other', async () => {
      const [limiter, name] = [open(1), randomUUID()];
      expect(await limiter.countCaller(name)).toBeNull();
      expect(await limiter.countAddress(name)).toBeNull();
      expect(await limiter.countCaller(name)).toMatchObject({ limit: 1, measured: 2 });
      expect(await limiter.countAddress(name)).toMatchObject({ limit: 1, measured: 2 });
      expect(await limiter.countAddress(randomUUID())).toBeNull();
    });

    test('counts any address of an IPv6 network as one', async () => {
      const limiter = open(1);
      const network = `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}`;
      expect(await limiter.countAddress(`${network}::1`)).toBeNull();
      expect(await limiter.countAddress(`${network}:ffff::2`)).toMatchObject({ measured: 2 });
    });

    test('knows at once that an address has spent its limit, and counts nothing for the question', async () => {
      const [limiter, address] = [open(2), randomUUID()];
      await limiter.countAddress(address);
      expect(limiter.addressLimit(address)).toBeNull();
      await limiter.countAddress(address);
      expect(limiter.addressLimit(address)).toMatchObject({ limit: 2, measured: 2 });
      expect(limiter.addressLimit(randomUUID())).toBeNull();
      expect(await limiter.countAddress(address)).toMatchObject({ limit: 2, measured: 3 });
    });
  });
}
