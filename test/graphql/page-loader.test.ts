// The pages of one list within one operation: each once, and the total with any of them.
import { describe, expect, test } from 'vitest';
import type { Page, PageNumber } from '../../src/domain/list.js';
import { createPageLoader } from '../../src/graphql/page-loader.js';

function loaderOf(answer: (page: PageNumber) => Page<string> | Error = () => page('a', 'b')) {
  const asked: string[] = [];
  const loader = createPageLoader(async (number) => {
    asked.push(`${number.number}/${number.size}`);
    const given = answer(number);
    if (given instanceof Error) throw given;
    return given;
  });
  return { ...loader, asked };
}

const page = (...items: string[]): Page<string> => ({ items, total: 53 });

describe('the pages of a list', () => {
  test('are each read once, in one tick or in two', async () => {
    const { page: load, asked } = loaderOf();
    await Promise.all([load({ number: 1, size: 20 }), load({ number: 1, size: 20 })]);
    expect(await load({ number: 1, size: 20 })).toEqual(page('a', 'b'));
    expect(asked).toEqual(['1/20']);
  });

  test('are told apart by number and size', async () => {
    const { page: load, asked } = loaderOf();
    await Promise.all([1, 2, 11].map((number) => load({ number, size: 1 })));
    await load({ number: 1, size: 11 });
    expect(asked).toEqual(['1/1', '2/1', '11/1', '1/11']);
  });

  test('fail alone, and stay failed for their operation', async () => {
    const { page: load, asked } = loaderOf(({ number }) =>
      number === 2 ? new Error('down') : page('a'),
    );
    const [first, second] = await Promise.allSettled([
      load({ number: 1, size: 20 }),
      load({ number: 2, size: 20 }),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    await expect(load({ number: 2, size: 20 })).rejects.toThrow('down');
    expect(asked).toEqual(['1/20', '2/20']);
  });
});

describe('the total', () => {
  test('alone costs the smallest page, once', async () => {
    const { total, asked } = loaderOf();
    expect(await Promise.all([total(), total()])).toEqual([53, 53]);
    expect(await total()).toBe(53);
    expect(asked).toEqual(['1/1']);
  });

  test('costs nothing beside a page of the same tick, whichever is asked first', async () => {
    const before = loaderOf();
    await Promise.all([before.total(), before.page({ number: 2, size: 20 })]);
    expect(before.asked).toEqual(['2/20']);
    const after = loaderOf();
    expect(await Promise.all([after.page({ number: 2, size: 20 }), after.total()])).toEqual([
      page('a', 'b'),
      53,
    ]);
    expect(after.asked).toEqual(['2/20']);
  });

  test('costs nothing after a page', async () => {
    const { page: load, total, asked } = loaderOf();
    await load({ number: 1, size: 20 });
    expect(await total()).toBe(53);
    expect(asked).toEqual(['1/20']);
  });

  test('is null when PAI does not say', async () => {
    const { total } = loaderOf(() => ({ items: [], total: null }));
    expect(await total()).toBeNull();
  });

  test('fails with its page', async () => {
    const { total, asked } = loaderOf(() => new Error('down'));
    await expect(total()).rejects.toThrow('down');
    await expect(total()).rejects.toThrow('down');
    expect(asked).toEqual(['1/1']);
  });

  test('comes with the pages that did not fail', async () => {
    const {
      page: load,
      total,
      asked,
    } = loaderOf(({ number }) => (number === 2 ? new Error('down') : page('a')));
    const answers = await Promise.allSettled([
      load({ number: 1, size: 20 }),
      load({ number: 2, size: 20 }),
      total(),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(asked).toEqual(['1/20', '2/20']);
  });
});
