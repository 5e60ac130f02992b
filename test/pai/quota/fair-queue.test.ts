import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../../src/pai/quota/fair-queue.js';

/** `a1` waits in lane `a`. */
const laneOf = (item: string) => item.slice(0, 1);
const add = (queue: FairQueue<string>, item: string) => queue.add(laneOf(item), item);

function filled(limit: number, ...items: string[]): FairQueue<string> {
  const queue = new FairQueue<string>(limit);
  for (const item of items) add(queue, item);
  return queue;
}

function takeAll(queue: FairQueue<string>): string {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken.join(' ');
}

describe('turns', () => {
  test.each([
    ['one lane keeps its order', 'a1 a2 a3', 'a1 a2 a3'],
    ['lanes alternate', 'a1 a2 a3 b1 b2', 'a1 b1 a2 b2 a3'],
    [
      'whoever comes last with one is served after one of each other lane',
      'a1 a2 a3 b1 b2 c1',
      'a1 b1 c1 a2 b2 a3',
    ],
    ['nothing waits', '', ''],
  ])('%s', (_, added, taken) => {
    const queue = filled(100, ...added.split(' ').filter(Boolean));
    expect(takeAll(queue)).toBe(taken);
    expect(queue.size).toBe(0);
  });

  test('a lane that comes back after it was served waits for its turn again', () => {
    const queue = filled(100, 'a1', 'b1', 'b2');
    expect(queue.take()).toBe('a1');
    add(queue, 'a2');
    expect(takeAll(queue)).toBe('b1 a2 b2');
  });
});

describe('the bound', () => {
  test.each([
    ['the only lane is refused', 3, 'a1 a2 a3', 'a4', 'a4', 'a1 a2 a3'],
    ['a new lane displaces the last of the longest', 3, 'a1 a2 a3', 'b1', 'a3', 'a1 b1 a2'],
    ['a lane may not grow beyond the longest', 4, 'a1 a2 b1 b2', 'b3', 'b3', 'a1 b1 a2 b2'],
    ['no lane is displaced for a difference of one', 3, 'a1 a2 b1', 'b2', 'b2', 'a1 b1 a2'],
    ['lanes of one are not displaced', 2, 'a1 b1', 'c1', 'c1', 'a1 b1'],
    ['there is no room at all', 0, '', 'a1', 'a1', ''],
  ])('%s', (_, limit, waiting, added, displaced, left) => {
    const queue = filled(limit, ...waiting.split(' ').filter(Boolean));
    expect(add(queue, added)).toBe(displaced);
    expect(takeAll(queue)).toBe(left);
  });

  test('there is room again after a take and after a removal', () => {
    const queue = filled(1, 'a1');
    queue.take();
    expect(add(queue, 'a2')).toBeNull();
    queue.remove('a', 'a2');
    expect(add(queue, 'a3')).toBeNull();
  });
});

describe('removal', () => {
  test('takes out one item wherever it stands, and nothing that does not wait', () => {
    const queue = filled(100, 'a1', 'a2', 'a3', 'b1');
    queue.remove('a', 'a2');
    queue.remove('b', 'b1');
    queue.remove('b', 'b1');
    queue.remove('c', 'a1');
    expect(queue.size).toBe(2);
    expect(takeAll(queue)).toBe('a1 a3');
  });
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('add' as const),
      lane: fc.constantFrom('a', 'b', 'c', 'd'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('take' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('remove' as const), at: fc.nat() }) },
);
const history = fc.record({
  limit: fc.integer({ min: 0, max: 12 }),
  steps: fc.array(step, { maxLength: 80 }),
});

describe('any history', () => {
  test('loses and doubles nothing, and keeps the bound', () => {
    fc.assert(
      fc.property(history, ({ limit, steps }) => {
        const queue = new FairQueue<string>(limit);
        let waiting: string[] = [];
        for (const [number, each] of steps.entries()) {
          if (each.act === 'add') {
            const item = `${each.lane}${number}`;
            const gone = add(queue, item);
            waiting = [...waiting, item];
            if (gone !== null) expect(waiting).toContain(gone);
            waiting = waiting.filter((other) => other !== gone);
          } else if (each.act === 'take') {
            const item = queue.take();
            expect(waiting.includes(item ?? '')).toBe(waiting.length > 0);
            waiting = waiting.filter((other) => other !== item);
          } else {
            const item = waiting[each.at % waiting.length] ?? 'a-none';
            queue.remove(laneOf(item), item);
            waiting = waiting.filter((other) => other !== item);
          }
          expect(queue.size).toBe(waiting.length);
          expect(queue.size).toBeLessThanOrEqual(limit);
        }
        expect(takeAll(queue).split(' ').filter(Boolean).sort()).toEqual(waiting.sort());
      }),
      { numRuns: 500 },
    );
  });

  test('lets an item wait behind at most one item of every other lane per turn', () => {
    fc.assert(
      fc.property(history, ({ steps }) => {
        const queue = new FairQueue<string>(1000);
        // Of each waiting item: how many of its own lane were before it, and who was served since.
        const waits = new Map<string, { ahead: number; served: string[] }>();
        let own: string[] = [];
        for (const [number, each] of steps.entries()) {
          if (each.act === 'remove') continue;
          if (each.act === 'add') {
            const item = `${each.lane}${number}`;
            const ahead = own.filter((other) => laneOf(other) === each.lane).length;
            add(queue, item);
            own = [...own, item];
            waits.set(item, { ahead, served: [] });
            continue;
          }
          const item = queue.take();
          if (item === undefined) continue;
          const { ahead, served } = waits.get(item) ?? { ahead: 0, served: [] };
          waits.delete(item);
          own = own.filter((other) => other !== item);
          for (const lane of ['a', 'b', 'c', 'd'].filter((name) => name !== laneOf(item))) {
            const before = served.filter((other) => laneOf(other) === lane).length;
            expect(before).toBeLessThanOrEqual(ahead + 1);
          }
          for (const wait of waits.values()) wait.served.push(item);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('displaces only from a lane that is longer by two, and then its last', () => {
    fc.assert(
      fc.property(history, ({ limit, steps }) => {
        const queue = new FairQueue<string>(limit);
        let waiting: string[] = [];
        const inLane = (lane: string) => waiting.filter((item) => laneOf(item) === lane);
        for (const [number, each] of steps.entries()) {
          if (each.act !== 'add') continue;
          const item = `${each.lane}${number}`;
          const gone = add(queue, item);
          if (gone !== null && gone !== item) {
            const longest = Math.max(...['a', 'b', 'c', 'd'].map((lane) => inLane(lane).length));
            expect(inLane(laneOf(gone))).toHaveLength(longest);
            expect(inLane(laneOf(gone)).at(-1)).toBe(gone);
            expect(inLane(each.lane).length).toBeLessThanOrEqual(longest - 2);
          }
          waiting = [...waiting, item].filter((other) => other !== gone);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('an item that stands in several lanes', () => {
  const join = (queue: FairQueue<string>, item: string, ...lanes: string[]) =>
    lanes.map((lane) => queue.add(lane, item));

  test('is taken in the first of them whose turn comes, once', () => {
    const queue = filled(100, 'a1', 'a2', 'a3', 'a4');
    join(queue, 'a4', 'b');
    expect(queue.size).toBe(4);
    expect(takeAll(queue)).toBe('a1 a4 a2 a3');
  });

  test('leaves the turn of its other lanes to the items behind it there', () => {
    const queue = filled(100, 'a1', 'b1', 'b2', 'c1');
    join(queue, 'a1', 'd');
    add(queue, 'd1');
    expect(takeAll(queue)).toBe('a1 b1 c1 d1 b2');
  });

  test('joins a lane also where the queue is full, and displaces nothing', () => {
    const queue = filled(3, 'a1', 'a2', 'a3');
    expect(join(queue, 'a3', 'b', 'c')).toEqual([null, null]);
    expect(queue.size).toBe(3);
    expect(takeAll(queue)).toBe('a1 a3 a2');
  });

  test('stays in its other lanes when one is too long, and another item is displaced', () => {
    const queue = filled(3, 'a1', 'a2', 'a3');
    join(queue, 'a3', 'b');
    expect(add(queue, 'c1')).toBe('a2');
    expect(queue.has('a3')).toBe(true);
    expect(takeAll(queue)).toBe('a1 a3 c1');
  });

  test('is gone when it has left the last of its lanes', () => {
    const queue = filled(100, 'a1');
    join(queue, 'a1', 'b');
    queue.remove('a', 'a1');
    expect([queue.has('a1'), queue.size]).toEqual([true, 1]);
    queue.remove('b', 'a1');
    expect([queue.has('a1'), queue.size, queue.take()]).toEqual([false, 0, undefined]);
  });
});

describe('any history of items that join and leave lanes', () => {
  const LANES = ['a', 'b', 'c', 'd'];
  const ITEMS = 12;
  const laneAndItem = { lane: fc.constantFrom(...LANES), item: fc.nat(ITEMS - 1).map(String) };
  const joinStep = fc.oneof(
    { weight: 5, arbitrary: fc.record({ act: fc.constant('join' as const), ...laneAndItem }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant('take' as const) }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('leave' as const), ...laneAndItem }) },
  );
  const joinSteps = fc.array(joinStep, { maxLength: 120 });

  test('holds each item once, within the limit, and tells of each that it had to give up', () => {
    fc.assert(
      fc.property(fc.nat(8), joinSteps, (limit, steps) => {
        const queue = new FairQueue<string>(limit);
        const waiting = new Set<string>();
        for (const step of steps) {
          if (step.act === 'join') {
            const isNew = !waiting.has(step.item);
            const gone = queue.add(step.lane, step.item);
            waiting.add(step.item);
            if (gone !== null) expect(waiting.delete(gone)).toBe(true);
            // One that waits already takes no room.
            if (!isNew) expect(gone).toBeNull();
          } else if (step.act === 'take') {
            const item = queue.take();
            expect(waiting.has(item ?? '')).toBe(waiting.size > 0);
            waiting.delete(item ?? '');
          } else {
            queue.remove(step.lane, step.item);
            if (!queue.has(step.item)) waiting.delete(step.item);
          }
          expect(queue.size).toBe(waiting.size);
          expect(queue.size).toBeLessThanOrEqual(limit);
          for (const item of waiting) expect(queue.has(item)).toBe(true);
        }
        const rest = takeAll(queue).split(' ').filter(Boolean);
        expect(rest.sort()).toEqual([...waiting].sort());
      }),
      { numRuns: 1000 },
    );
  });

  test('serves an item no later than any of its lanes would have served it alone', () => {
    fc.assert(
      fc.property(joinSteps, (steps) => {
        const joined = new FairQueue<string>(1000);
        // Here it waits in each lane on its own, as if each had asked alone.
        const alone = new FairQueue<string>(1000);
        const served = new Set<string>();
        const places = new Map<string, string>();
        const current = new Map<string, string>();
        let turn = 0;
        const take = () => {
          const item = joined.take();
          if (item !== undefined) served.add(item);
          const place = alone.take();
          if (place !== undefined) expect(served).toContain(places.get(place));
        };
        for (const step of steps) {
          turn += 1;
          if (step.act === 'take') {
            take();
            continue;
          }
          // One that was served and is asked for again is another one.
          const known = current.get(step.item);
          const item = known && joined.has(known) ? known : `${step.item}@${turn}`;
          const place = `${step.lane}:${item}`;
          if (step.act === 'leave') {
            joined.remove(step.lane, item);
            alone.remove(step.lane, place);
            continue;
          }
          current.set(step.item, item);
          joined.add(step.lane, item);
          places.set(place, item);
          alone.add(step.lane, place);
        }
        while (alone.size > 0) take();
        expect(joined.size).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
