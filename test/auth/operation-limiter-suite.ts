// What every limiter of operations promises, wherever it counts.
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
      for (let index = 0; index < 5; index += 1)
        taken.push(await limiter.take(caller, randomUUID()));
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
      await limiter.take(caller, randomUUID());
      const refusal = await limiter.take(caller, randomUUID());
      await pause((refusal?.retryAfterMs ?? 0) + 20);
      expect(await limiter.take(caller, randomUUID())).toBeNull();
    });

    test('counts those at the same time one by one', async () => {
      const [limiter, caller] = [open(10), randomUUID()];
      const taken = await Promise.all(
        Array.from({ length: 25 }, () => limiter.take(caller, randomUUID())),
      );
      expect(taken.filter((refusal) => refusal === null)).toHaveLength(10);
    });

    test('counts an address whoever asks from there, also without a name', async () => {
      const [limiter, address] = [open(2), randomUUID()];
      expect(await limiter.take(randomUUID(), address)).toBeNull();
      expect(await limiter.take(null, address)).toBeNull();
      expect(await limiter.take(randomUUID(), address)).toMatchObject({ limit: 2, measured: 3 });
      expect(await limiter.take(null, address)).toMatchObject({ limit: 2, measured: 4 });
      expect(await limiter.take(null, randomUUID())).toBeNull();
    });

    test('does not hold what one caller has too much of against its neighbours', async () => {
      const [limiter, loud, address] = [open(2), randomUUID(), randomUUID()];
      await limiter.take(loud, randomUUID());
      await limiter.take(loud, randomUUID());
      for (let index = 0; index < 5; index += 1) {
        expect(await limiter.take(loud, address)).toMatchObject({ limit: 2 });
      }
      expect(await limiter.take(randomUUID(), address)).toBeNull();
    });

    test('takes a caller who is called like an address for no address', async () => {
      const [limiter, name] = [open(1), randomUUID()];
      expect(await limiter.take(name, randomUUID())).toBeNull();
      expect(await limiter.take(randomUUID(), name)).toBeNull();
    });
  });
}
