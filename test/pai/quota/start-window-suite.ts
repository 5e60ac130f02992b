// The promises of every start window, wherever it counts. Times are taken before and after each
// question, so that a clock elsewhere needs no tolerance: the time that it read lies between the two.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StartWindow } from '../../../src/pai/quota/start-window.js';
import { WINDOW_MS } from './flight.js';

export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

interface StartWindowSuite {
  readonly runs: number;
  /** Schedules of one run, each with a window of its own, at the same time. */
  readonly atOnce: number;
  clock(): Clock;
  /** A new window, not used before. */
  open(ratePerSecond: number, clock: Clock): StartWindow;
  /** Resolves when all starts that windows were told of are counted. */
  counted(): Promise<unknown>;
}

interface Asked {
  readonly waitMs: number;
  readonly before: number;
  readonly after: number;
}

/** Takes a start, if there is one, and makes it at once. */
export async function ask(
  window: StartWindow,
  { clock, counted }: { readonly clock: Clock; counted(): Promise<unknown> },
): Promise<Asked> {
  const before = clock.now();
  const waitMs = window.takeNow() ? 0 : await window.reserve();
  if (waitMs === 0) window.sent();
  await counted();
  return { waitMs, before, after: clock.now() };
}

/** More than the rate in less than a second, whenever it was counted. */
export function tooMany(starts: readonly Asked[], rate: number): Asked[][] {
  const sorted = [...starts].sort((left, right) => left.before - right.before);
  return sorted.flatMap((first, index) => {
    const next = sorted[index + rate];
    return next && next.after - first.before < WINDOW_MS
      ? [sorted.slice(index, index + rate + 1)]
      : [];
  });
}

/** Asks after each of the gaps, and does not wait as it is told. */
async function askAfter(
  gaps: readonly number[],
  window: StartWindow,
  place: { readonly clock: Clock; counted(): Promise<unknown> },
) {
  const asked: Asked[] = [];
  for (const gap of gaps) {
    await place.clock.sleep(gap);
    asked.push(await ask(window, place));
  }
  return asked;
}

/** Timers may be early by a millisecond, and two places may count the same start at two times. */
async function waitAsTold(window: StartWindow, clock: Clock, waitMs: number): Promise<void> {
  let left = waitMs;
  for (let asks = 0; left > 0; asks += 1) {
    expect(asks).toBeLessThan(4);
    await clock.sleep(left);
    left = await window.reserve();
  }
}

const schedule = fc.record({
  rate: fc.integer({ min: 1, max: 6 }),
  gaps: fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 300 })), {
    minLength: 5,
    maxLength: 30,
  }),
});

export function startWindowSuite(
  name: string,
  { runs, atOnce, clock, open, counted }: StartWindowSuite,
) {
  const askAt = (window: StartWindow, time: Clock) => ask(window, { clock: time, counted });
  describe.concurrent(`a start window in ${name}`, () => {
    test('never gives more starts than its rate in any second, and refuses none without need', async () => {
      const schedules = fc.array(schedule, { minLength: atOnce, maxLength: atOnce });
      const keepsRate = async ({ rate, gaps }: { rate: number; gaps: number[] }) => {
        const time = clock();
        const asked = await askAfter(gaps, open(rate, time), { clock: time, counted });
        const starts = asked.filter(({ waitMs }) => waitMs === 0);
        expect(tooMany(starts, rate)).toEqual([]);
        // A question that was refused had that many starts in the second before.
        for (const refused of asked.filter(({ waitMs }) => waitMs > 0)) {
          const recent = starts.filter(
            ({ before, after }) => before <= refused.after && after > refused.before - WINDOW_MS,
          );
          expect(recent.length).toBeGreaterThanOrEqual(rate);
        }
      };
      await fc.assert(
        fc.asyncProperty(schedules, async (all) => {
          await Promise.all(all.map(keepsRate));
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });

    test('says how long it is until the oldest start has left the second', async () => {
      const time = clock();
      const window = open(2, time);
      const first = await askAt(window, time);
      await time.sleep(200);
      const second = await askAt(window, time);
      const refused = await askAt(window, time);
      expect(refused.waitMs).toBeGreaterThanOrEqual(first.before + WINDOW_MS - refused.after);
      expect(refused.waitMs).toBeLessThanOrEqual(first.after + WINDOW_MS - refused.before);
      await waitAsTold(window, time, refused.waitMs);
      const next = await askAt(window, time);
      const atMost = second.after + WINDOW_MS - next.before;
      expect(next.waitMs).toBeLessThanOrEqual(Math.max(0, atMost));
    });

    test('takes back a start that was not made', async () => {
      const time = clock();
      const window = open(1, time);
      expect(await window.reserve()).toBe(0);
      window.giveBack();
      expect(await window.reserve()).toBe(0);
      expect(await window.reserve()).toBeGreaterThan(0);
    });

    test('counts a start from when it has left for the wire', async () => {
      const time = clock();
      const window = open(1, time);
      await window.reserve();
      await time.sleep(300);
      const sentAt = time.now();
      window.sent();
      const refused = await askAt(window, time);
      expect(refused.waitMs).toBeGreaterThanOrEqual(sentAt + WINDOW_MS - refused.after);
      await waitAsTold(window, time, refused.waitMs);
      expect(time.now() - sentAt).toBeGreaterThanOrEqual(WINDOW_MS);
    });

    // Bug: a process that stood still for a second sent what it had reserved before and as much again.
    test('counts a start that has not left, however long that takes', async () => {
      const time = clock();
      const window = open(2, time);
      await window.reserve();
      await window.reserve();
      await time.sleep(1500);
      expect(await window.reserve()).toBeGreaterThan(0);
      window.sent();
      window.sent();
      await counted();
      expect(await window.reserve()).toBeGreaterThan(0);
      await time.sleep(WINDOW_MS + 1);
      expect(await window.reserve()).toBe(0);
    });

    test('does not take back a start that has left', async () => {
      const window = open(1, clock());
      await window.reserve();
      window.sent();
      window.giveBack();
      expect(await window.reserve()).toBeGreaterThan(0);
    });

    test('takes back one start and leaves those that have left', async () => {
      const window = open(2, clock());
      await window.reserve();
      window.sent();
      await window.reserve();
      window.giveBack();
      expect(await window.reserve()).toBe(0);
      expect(await window.reserve()).toBeGreaterThan(0);
    });

    test('gives no start in a pause, and says how long it lasts', async () => {
      const time = clock();
      const window = open(5, time);
      const pausedAt = time.now();
      window.pause(300);
      const paused = await askAt(window, time);
      expect(paused.waitMs).toBeGreaterThanOrEqual(pausedAt + 300 - paused.after);
      expect(paused.waitMs).toBeLessThanOrEqual(300);
      expect(window.pausedMs()).toBeLessThanOrEqual(300);
      await waitAsTold(window, time, paused.waitMs);
      expect(time.now() - pausedAt).toBeGreaterThanOrEqual(300);
      expect(window.pausedMs()).toBe(0);
    });

    test('keeps the longer of two pauses', async () => {
      const time = clock();
      const window = open(5, time);
      window.pause(5000);
      window.pause(10);
      await time.sleep(20);
      expect(await window.reserve()).toBeGreaterThan(4000);
      window.pause(8000);
      expect(await window.reserve()).toBeGreaterThan(7000);
    });

    test('is not stopped by a pause of no time', async () => {
      const window = open(5, clock());
      window.pause(0);
      expect(window.pausedMs()).toBe(0);
      expect(await window.reserve()).toBe(0);
    });
  });
}
