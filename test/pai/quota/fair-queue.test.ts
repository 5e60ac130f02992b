import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../../src/pai/quota/fair-queue.js';

/** `a1` waits in lane `a`. */
const laneOf = (item: string) => item.slice(0, 1);
const add = (queue: FairQueue<string>, item: string) => queue.place(item, [laneOf(item)]);

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
    queue.remove('a2');
    expect(add(queue, 'a3')).toBeNull();
  });
});

describe('removal', () => {
  test('takes out one item wherever it stands, and nothing that does not wait', () => {
    const queue = filled(100, 'a1', 'a2', 'a3', 'b1');
    queue.remove('a2');
    queue.remove('b1');
    queue.remove('b1');
    queue.remove('c1');
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
            queue.remove(item);
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

describe('an item that waits in several lanes', () => {
  test('is taken in the first of them whose turn comes, once', () => {
    const queue = filled(100, 'a1', 'a2', 'a3', 'a4');
    queue.place('a4', 'ab');
    expect(queue.size).toBe(4);
    expect(takeAll(queue)).toBe('a1 a4 a2 a3');
  });

  test('leaves the turn of its other lanes to the items behind it there', () => {
    const queue = filled(100, 'a1', 'b1', 'b2', 'c1');
    queue.place('a1', 'ad');
    add(queue, 'd1');
    expect(takeAll(queue)).toBe('a1 b1 c1 d1 b2');
  });

  test('joins a lane also where the queue is full, and displaces nothing', () => {
    const queue = filled(3, 'a1', 'a2', 'a3');
    expect(queue.place('a3', 'abc')).toBeNull();
    expect(queue.size).toBe(3);
    expect(takeAll(queue)).toBe('a1 a3 a2');
  });

  test('keeps its place when one of them is too long, and another item is displaced', () => {
    const queue = filled(3, 'a1', 'a2', 'a3');
    queue.place('a3', 'ab');
    expect(add(queue, 'c1')).toBe('a2');
    expect(queue.has('a3')).toBe(true);
    expect(takeAll(queue)).toBe('a1 a3 c1');
  });

  test('keeps its place in the lanes that it does not leave', () => {
    const queue = filled(100, 'a1', 'a2', 'b1');
    queue.place('a1', 'ab');
    queue.place('a1', 'a');
    expect(takeAll(queue)).toBe('a1 b1 a2');
  });

  test('is gone from all of them when it is removed', () => {
    const queue = filled(100, 'a1');
    queue.place('a1', 'ab');
    queue.remove('a1');
    expect([queue.has('a1'), queue.size, queue.take()]).toEqual([false, 0, undefined]);
  });
});

describe('any history of items that join and leave lanes', () => {
  const lanes = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
  const item = fc.nat(11).map(String);
  const steps = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ act: fc.constant('place' as const), item, lanes }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('take' as const) }) },
      { weight: 1, arbitrary: fc.record({ act: fc.constant('remove' as const), item }) },
    ),
    { maxLength: 120 },
  );

  test('holds each item once, within the limit, and gives back each that has to leave', () => {
    fc.assert(
      fc.property(fc.nat(8), steps, (limit, history) => {
        const queue = new FairQueue<string>(limit);
        const waiting = new Set<string>();
        for (const step of history) {
          if (step.act === 'place') {
            const isNew = !waiting.has(step.item);
            const gone = queue.place(step.item, step.lanes);
            waiting.add(step.item);
            if (gone !== null) expect(waiting.delete(gone)).toBe(true);
            // One that waits already takes no room.
            if (!isNew) expect(gone).toBeNull();
          } else if (step.act === 'take') {
            const taken = queue.take();
            expect(waiting.has(taken ?? '')).toBe(waiting.size > 0);
            waiting.delete(taken ?? '');
          } else {
            queue.remove(step.item);
            waiting.delete(step.item);
          }
          expect(queue.size).toBe(waiting.size);
          expect(queue.size).toBeLessThanOrEqual(limit);
          for (const each of waiting) expect(queue.has(each)).toBe(true);
        }
        const rest = takeAll(queue).split(' ').filter(Boolean);
        expect(rest.sort()).toEqual([...waiting].sort());
      }),
      { numRuns: 1000 },
    );
  });

  test('serves an item no later than any of its lanes would have served it alone', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const joined = new FairQueue<string>(1000);
        // Here it waits in each lane on its own, as if each had asked alone.
        const alone = new FairQueue<string>(1000);
        const served = new Set<string>();
        const placesOf = new Map<string, Set<string>>();
        const itemOf = (place: string) => place.slice(place.indexOf(':') + 1);
        const take = () => {
          const taken = joined.take();
          if (taken !== undefined) served.add(taken);
          const place = alone.take();
          if (place !== undefined) expect(served).toContain(itemOf(place));
        };
        const current = new Map<string, string>();
        for (const [number, step] of history.entries()) {
          if (step.act === 'take') {
            take();
            continue;
          }
          // One that was served and is asked for again is another one.
          const known = current.get(step.item);
          const each = known && joined.has(known) ? known : `${step.item}@${number}`;
          current.set(step.item, each);
          const names = step.act === 'place' ? step.lanes : [];
          const places = placesOf.get(each) ?? new Set<string>();
          const next = new Set(names.map((name) => `${name}:${each}`));
          for (const place of places) if (!next.has(place)) alone.remove(place);
          // A place that was served on its own is not taken again.
          for (const name of names) {
            const place = `${name}:${each}`;
            if (!places.has(place)) alone.place(place, [name]);
          }
          placesOf.set(each, next);
          if (step.act === 'place') joined.place(each, names);
          else joined.remove(each);
        }
        while (alone.size > 0) take();
        expect(joined.size).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
