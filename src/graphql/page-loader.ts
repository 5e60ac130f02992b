// The pages of one list within one operation: each is read once, and the total comes with any of them.
import DataLoader from 'dataloader';
import type { Page, PageNumber } from '../domain/list.js';

export interface PageLoader<T> {
  page(page: PageNumber): Promise<Page<T>>;
  /** From a page that is read anyway, else from the smallest. */
  total(): Promise<number | null>;
}

const SMALLEST_PAGE: PageNumber = { number: 1, size: 1 };

export function createPageLoader<T>(
  fetchPage: (page: PageNumber) => Promise<Page<T>>,
): PageLoader<T> {
  let anyPage: Promise<Page<T>> | undefined;
  // Asked in the same tick, the total waits until every page of the tick is known.
  const loader = new DataLoader<PageNumber | 'total', Page<T>, string>(
    (keys) => {
      const read = (key: PageNumber | 'total') => {
        if (key === 'total') return null;
        anyPage = fetchPage(key);
        return anyPage;
      };
      const pages = keys.map(read);
      const answers = pages.map((page) => {
        anyPage ??= fetchPage(SMALLEST_PAGE);
        return page ?? anyPage;
      });
      return Promise.all(answers.map((answer) => answer.catch(asError)));
    },
    { cacheKeyFn: (key) => (key === 'total' ? key : `${key.number}/${key.size}`) },
  );
  return {
    page: (page) => loader.load(page),
    total: async () => (await loader.load('total')).total,
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('A page failed.', { cause: reason });
}
