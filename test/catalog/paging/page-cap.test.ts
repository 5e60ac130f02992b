import { describe, expect, test } from 'vitest';
import { createPageCaps } from '../../../src/catalog/paging/page-cap.js';
import type { Caller } from '../../../src/domain/caller.js';
import { staticCredentials } from '../../../src/pai/credentials.js';

const SERVICE: Caller = { name: null, lane: 'a', view: { kind: 'all' }, own: null };
const ofAccount = (account: string): Caller => ({
  ...SERVICE,
  own: { account, credentials: staticCredentials({ accessKeyId: account, accessKeySecret: 's' }) },
});

function open(max = 100) {
  const clock = { now: 0 };
  const caps = createPageCaps(max, () => clock.now);
  const sees = (number: number, size: number, rows: number, total: number | null, by = SERVICE) => {
    caps.observe('ListModels', by, { number, size }, { items: Array(rows).fill(null), total });
    return caps.of('ListModels', by);
  };
  return { clock, caps, sees, max: (by = SERVICE) => caps.of('ListModels', by) };
}

describe('the believed page size of PAI', () => {
  test('is the setting until a page is shorter than asked while there are more rows', () => {
    const { sees } = open();
    expect(sees(1, 100, 100, 300)).toBe(100);
    expect(sees(1, 20, 20, 300)).toBe(100);
    expect(sees(1, 100, 53, 53)).toBe(100);
    expect(sees(3, 20, 13, 53)).toBe(100);
    expect(sees(9, 50, 0, 53)).toBe(100);
    expect(sees(1, 100, 7, null)).toBe(100);
  });

  test.each([
    ['page 1', 1, 100, 50, 250, 50],
    ['a later page', 2, 100, 50, 250, 50],
    ['the last page of the size that it was cut to', 2, 100, 40, 130, 90],
  ])('is the size that %s was cut to', (_, number, size, rows, total, cap) => {
    expect(open().sees(number, size, rows, total)).toBe(cap);
  });

  // Rows that went while PAI counted made a cap, and every later list paid for it.
  test('is lowered by the second page of the same smaller size, where larger pages were whole', () => {
    const { sees } = open();
    sees(1, 100, 100, 300);
    expect(sees(1, 100, 49, 300)).toBe(100);
    expect(sees(1, 100, 48, 300)).toBe(100);
    expect(sees(2, 100, 48, 300)).toBe(48);
    expect(sees(1, 100, 30, 300)).toBe(48);
    expect(sees(1, 48, 48, 300)).toBe(48);
    expect(sees(1, 48, 30, 300)).toBe(48);
    expect(sees(2, 48, 30, 300)).toBe(30);
  });

  test('is raised by a longer page', () => {
    const { sees } = open();
    expect(sees(1, 100, 20, 300)).toBe(20);
    expect(sees(1, 60, 60, 300)).toBe(60);
  });

  test('is never below the size that PAI documents: far likelier rows have gone', () => {
    const { sees } = open();
    expect(sees(1, 100, 9, 300)).toBe(100);
    expect(sees(1, 100, 9, 300)).toBe(100);
    expect(sees(1, 100, 10, 300)).toBe(10);
  });

  test('is tried anew after a minute, unless it was confirmed', () => {
    const { clock, sees, max } = open();
    sees(1, 100, 50, 300);
    clock.now = 60_000;
    expect(max()).toBe(50);
    clock.now = 60_001;
    expect(max()).toBe(100);
    expect(sees(1, 100, 50, 300)).toBe(50);
    clock.now = 120_001;
    expect(max()).toBe(50);
  });

  test('is each account’s and each operation’s own', () => {
    const { caps, sees, max } = open();
    expect(sees(1, 100, 50, 300, ofAccount('1'))).toBe(50);
    expect([max(), max(ofAccount('2'))]).toEqual([100, 100]);
    expect(caps.of('ListModelVersions', ofAccount('1'))).toBe(100);
    expect(sees(1, 100, 20, 300)).toBe(20);
    expect(max(ofAccount('1'))).toBe(50);
  });

  test('is forgotten of the account that was asked for longest ago', () => {
    const { sees, max } = open();
    sees(1, 100, 50, 300);
    for (let account = 0; account < 2000; account += 1) max(ofAccount(String(account)));
    expect(max()).toBe(100);
  });
});
