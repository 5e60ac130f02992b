// The memory of responses never counts more than its bound, and counts nothing once every response is over.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHttpMemory, createSharedMemory } from '../../src/http/response-bounds.js';

const MAX = 1000;

test('the responses of a process never hold more than the bound, in any order of growth', () => {
  const step = fc.record({ response: fc.nat(4), bytes: fc.nat(2 * MAX), ends: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const memory = createSharedMemory(MAX);
      const shares = Array.from({ length: 5 }, () => memory.open());
      const held = [0, 0, 0, 0, 0];
      for (const { response, bytes, ends } of steps) {
        const isCurrent = !ends && shares[response]?.hold(bytes);
        if (ends) shares[response]?.release();
        if (ends) held[response] = 0;
        if (isCurrent) held[response] = bytes;
        const total = held.reduce((sum, one) => sum + one, 0);
        expect(total).toBeLessThanOrEqual(MAX);
        expect(memory.heldBytes()).toBe(total);
      }
      for (const share of shares) share.release();
      expect(memory.heldBytes()).toBe(0);
    }),
  );
});

test('a response may shrink while the process has no room', () => {
  const memory = createSharedMemory(MAX);
  const [one, other] = [memory.open(), memory.open()];
  const outcomes = [one.hold(MAX), other.hold(1), one.hold(MAX - 1), other.hold(1)];
  expect(outcomes).toEqual([true, false, true, true]);
});

test('a response that is over holds nothing any more, even if its operation still asks for memory', () => {
  const memory = createSharedMemory(MAX);
  const share = memory.open();
  share.hold(1);
  share.release();
  expect([share.hold(1), memory.heldBytes()]).toEqual([false, 0]);
});

test.each([
  ['two of the largest responses', 100, 1599, 200],
  ['an eighth of the heap', 100, 1608, 201],
])('the process has room for %s', (_, largest, heap, room) => {
  const { responses } = createHttpMemory(largest, () => {}, heap);
  expect([responses.open().hold(room + 1), responses.open().hold(room)]).toEqual([false, true]);
});
