// Lists walked over sockets while PAI's silent cap on pages changes: every model exactly once, in order, without an error.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Arguments, keysOf, listModels } from '../graphql/list-answers.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { inputs } from '../support/inputs.js';
import { withApp } from '../support/with-app.js';

const cap = fc.oneof(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 10, max: 60 }));

const scene = fc.record({
  total: fc.oneof(fc.nat(130), fc.constantFrom(100, 150, 300)),
  sizes: fc.array(fc.integer({ min: 20, max: 100 }), { minLength: 1, maxLength: 4 }),
  isForward: fc.boolean(),
  cap,
  /** The cap after so many more pages of the list; also within one window. */
  changes: fc.array(fc.record({ after: fc.nat(12), cap }), { maxLength: 4 }),
  isCacheRead: fc.boolean(),
});

test('walks in both directions give every model once, for any cap and any change of it', async () => {
  let capNow = 100;
  let left: { after: number; cap: number }[] = [];
  const pageSizeMax = () => {
    const [next] = left;
    if (next !== undefined && next.after === 0) {
      capNow = next.cap;
      left.shift();
    } else if (next !== undefined) next.after -= 1;
    return capNow;
  };
  await using app = await withApp({
    // A window of 100 rows is 100 calls where PAI gives pages of one row, and a page in vain.
    env: { UPSTREAM_RATE_PER_SECOND: '10000', UPSTREAM_CALLS_PER_OPERATION: '250' },
    sandbox: { pageSizeMax },
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ total, sizes, isForward, cap, changes, isCacheRead }) => {
      // Pages of the last registry are not those of this one.
      app.passes(700_000);
      app.sandbox.setModels(numberedModels(total));
      capNow = cap;
      left = changes.map((change) => ({ ...change }));
      // The second walk meets pages in the cache that were read under other caps.
      for (let walk = 0; walk < (isCacheRead ? 2 : 1); walk += 1) {
        let seen: string[] = [];
        let cursor: string | null = null;
        let isMore = true;
        for (let page = 0; isMore; page += 1) {
          const count = sizes[page % sizes.length];
          const args: Arguments = isForward
            ? { first: count, after: cursor }
            : { last: count, before: cursor };
          const { pageInfo, ...answer } = await listModels(app, args);
          seen = isForward ? [...seen, ...keysOf(answer)] : [...keysOf(answer), ...seen];
          isMore = isForward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
          cursor = isForward ? pageInfo.endCursor : pageInfo.startCursor;
          expect(page).toBeLessThan(total + 1);
        }
        expect(seen).toEqual(range(0, total).map(modelId));
        sizes.reverse();
      }
    }),
    { numRuns: inputs(6, 25) },
  );
});

test.each([
  ['100 to 7', 100, 7],
  ['100 to 50', 100, 50],
  ['7 to 100', 7, 100],
  ['50 to 20', 50, 20],
])('a walk of 300 models goes on when the cap goes from %s', async (_, before, after) => {
  let capNow = before;
  await using app = await withApp({
    env: { UPSTREAM_RATE_PER_SECOND: '10000' },
    sandbox: { models: numberedModels(300), pageSizeMax: () => capNow },
  });
  const first = await listModels(app, { first: 100 });
  expect(keysOf(first)).toEqual(range(0, 100).map(modelId));
  capNow = after;
  const second = await listModels(app, { first: 100, after: first.pageInfo.endCursor });
  expect(keysOf(second)).toEqual(range(100, 200).map(modelId));
  const third = await listModels(app, { first: 100, after: second.pageInfo.endCursor });
  expect(keysOf(third)).toEqual(range(200, 300).map(modelId));
  expect(third.pageInfo.hasNextPage).toBe(false);
});
