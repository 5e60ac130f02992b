import { expect, test } from 'vitest';
import { createKnownLists } from '../../../src/catalog/batching/known-lists.js';
import { modelListQuery } from '../../../src/pai/list-query.js';

const seen = (number: number) => ({
  page: { number, size: 100 },
  total: 1_000_000,
  fetchedAt: 0,
  isKept: true,
});

test('the knowledge of lists is bounded by its memory, over all callers', () => {
  const known = createKnownLists(() => 0, 1000);
  const list = modelListQuery({ provider: 'pai' });
  const scopes = Array.from({ length: 200 }, (_, index) => `scope ${index}`);
  for (const scope of scopes) {
    for (let number = 1; number <= 1000; number += 1) known.note(scope, list, seen(number));
  }
  const kept = scopes.filter((scope) => known.of(scope, 100, true).length > 0);
  // A thousand pages of 50 bytes each, of 4 MB.
  expect(kept.length).toBeGreaterThan(60);
  expect(kept.length).toBeLessThan(84);
  expect(kept).toContain('scope 199');
  expect(known.of('scope 199', 100, true)).toMatchObject([{ total: 1_000_000 }]);
});

test('a page that is read again is still known', () => {
  const known = createKnownLists(() => 0, 1000);
  const list = modelListQuery({ provider: 'pai' });
  for (const number of [1, 2, 1, 2]) known.note('scope', list, seen(number));
  expect(known.of('scope', 100, true)[0]?.freshPages).toEqual(new Set([1, 2]));
});
