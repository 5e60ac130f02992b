// Missing models are read through pages of a list only where that costs at most one call more than one by one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BatchState,
  type KnownList,
  nextStep,
} from '../../../src/catalog/batching/batch-plan.js';
import { range } from '../../graphql/numbered-registry.js';

const list = (total: number, freshPages: readonly number[] = [], key = 'own'): KnownList => ({
  key,
  total,
  freshPages: new Set(freshPages),
});

/** 50 of the 60 models of a trusted list are missing, and nothing else is scarce. */
const state = (rest: Partial<BatchState> = {}): BatchState => ({
  lists: [list(60)],
  missing: 50,
  found: 0,
  pagesRead: 0,
  pageSize: 100,
  proofs: 0,
  budgetLeft: Number.POSITIVE_INFINITY,
  quotaLeft: { ListModels: 50, GetModel: 50 },
  ...rest,
});

const page = (number: number, key = 'own') => ({ kind: 'page', list: key, number });
const ONE_BY_ONE = { kind: 'one_by_one' };

describe('the next step for missing models', () => {
  test.each<[string, Partial<BatchState>, unknown]>([
    ['is the page that may hold them all', {}, page(1)],
    ['is that page also where two models have to prove it', { proofs: 2 }, page(1)],
    [
      'is the first page that is not in the cache',
      { pageSize: 20, lists: [list(60, [1])] },
      page(2),
    ],
    [
      'is a page while the models found pay for it',
      { missing: 20, found: 1, pagesRead: 1 },
      page(1),
    ],
    ['is one by one once they do not', { missing: 20, found: 1, pagesRead: 2 }, ONE_BY_ONE],
    ['is one by one where no list is known', { lists: [] }, ONE_BY_ONE],
    ['is one by one for nothing', { missing: 0 }, ONE_BY_ONE],
    ['is one by one for one', { missing: 1 }, ONE_BY_ONE],
    ['is a page for two that may be on it', { missing: 2 }, page(1)],
    ['is one by one where proofs eat the gain', { missing: 5, proofs: 2 }, ONE_BY_ONE],
    ['is a page where they do not', { missing: 6, proofs: 2 }, page(1)],
    ['is one by one where the list has too many pages', { lists: [list(2600)] }, ONE_BY_ONE],
    ['is a page where it has half as many as are missing', { lists: [list(2500)] }, page(1)],
    ['is one by one where the list has too few models', { lists: [list(1)] }, ONE_BY_ONE],
    ['is one by one in an empty registry', { lists: [list(0)] }, ONE_BY_ONE],
    ['is one by one where all pages are in the cache', { lists: [list(60, [1])] }, ONE_BY_ONE],
    [
      'is another list where the longest is of no use',
      { lists: [list(90, [1]), list(40, [], 'pai')] },
      page(1, 'pai'),
    ],
    ['is one by one where the budget is for one by one alone', { budgetLeft: 50 }, ONE_BY_ONE],
    ['is a page where the budget has one more', { budgetLeft: 51 }, page(1)],
    ['is a page where the budget is too small for one by one', { budgetLeft: 2 }, page(1)],
    ['is one by one where pages are beyond it', { budgetLeft: 2, proofs: 2 }, ONE_BY_ONE],
    ['is one by one where nothing is left of it', { budgetLeft: 0 }, ONE_BY_ONE],
    [
      'is one by one where only the page would have to wait',
      { quotaLeft: { ListModels: 0, GetModel: 50 } },
      ONE_BY_ONE,
    ],
    [
      'is a page where one by one would have to wait, too',
      { quotaLeft: { ListModels: 0, GetModel: 49 } },
      page(1),
    ],
  ])('%s', (_, rest, step) => {
    expect(nextStep(state(rest))).toEqual(step);
  });
});

interface Walk {
  readonly calls: number;
  readonly leftOut: number;
  readonly planned: readonly string[];
}

/** Follows the steps to the end: the plan does not know which models lie on which page. */
function follow(
  lists: readonly { readonly key: string; readonly ids: readonly number[] }[],
  wanted: ReadonlySet<number>,
  { pageSize, proofs, budget }: { pageSize: number; proofs: number; budget: number },
): Walk {
  const missing = new Set(wanted);
  const planned: string[] = [];
  let [found, pages, proved, left] = [0, 0, 0, budget];
  for (;;) {
    const step = nextStep({
      lists: lists.map(({ key, ids }) => {
        const read = planned.filter((name) => name.startsWith(`${key} `));
        return list(
          ids.length,
          read.map((name) => Number(name.split(' ')[1])),
          key,
        );
      }),
      ...{ missing: missing.size, found, pagesRead: pages, pageSize, budgetLeft: left },
      proofs: proved === 0 ? proofs : 0,
      quotaLeft: { ListModels: 50, GetModel: 50 },
    });
    if (step.kind === 'one_by_one') break;
    pages += 1;
    left -= 1;
    planned.push(`${step.list} ${step.number}`);
    const { ids = [] } = lists.find(({ key }) => key === step.list) ?? {};
    const rows = ids.slice((step.number - 1) * pageSize, step.number * pageSize);
    const hits = rows.filter((id) => missing.delete(id));
    const read = proved === 0 ? Math.min(proofs, hits.length) : 0;
    proved += read;
    left -= read;
    found += hits.length - read;
    if (proofs > 0 && proved === 0) break;
  }
  const read = Math.min(missing.size, left);
  return { calls: pages + proved + read, leftOut: missing.size - read, planned };
}

const ids = fc.uniqueArray(fc.nat(400), { maxLength: 300 });
const limits = fc.record({
  pageSize: fc.integer({ min: 1, max: 100 }),
  proofs: fc.constantFrom(0, 2),
  budget: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(120)),
});

test('all steps together cost at most one call more than one by one, for any lists', () => {
  fc.assert(
    fc.property(ids, ids, fc.uniqueArray(fc.nat(400), { maxLength: 100 }), limits, (...all) => {
      const [own, provided, wanted, given] = all;
      const lists = [
        { key: 'own', ids: own },
        { key: 'pai', ids: provided },
      ];
      const { calls, planned } = follow(lists, new Set(wanted), given);
      expect(calls).toBeLessThanOrEqual(wanted.length + 1);
      expect(calls).toBeLessThanOrEqual(given.budget);
      expect(new Set(planned).size).toBe(planned.length);
    }),
    { numRuns: 1000 },
  );
});

test('pages never spend the budget that reads one by one need', () => {
  fc.assert(
    fc.property(ids, fc.uniqueArray(fc.nat(400), { maxLength: 100 }), limits, (...all) => {
      const [own, wanted, given] = all;
      const budget = wanted.length + Math.min(given.budget, 3);
      const { leftOut } = follow([{ key: 'own', ids: own }], new Set(wanted), { ...given, budget });
      expect(leftOut).toBe(0);
    }),
  );
});

test('with 60 models, 50 missing ones cost 3 calls unproven and 1 call then', () => {
  const own = [{ key: 'own', ids: range(0, 60) }];
  const budget = Number.POSITIVE_INFINITY;
  const wanted = new Set(range(10, 60));
  expect(follow(own, wanted, { pageSize: 100, proofs: 2, budget }).calls).toBe(3);
  expect(follow(own, wanted, { pageSize: 100, proofs: 0, budget }).calls).toBe(1);
});
