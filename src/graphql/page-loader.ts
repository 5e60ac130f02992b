// The pages of one list within one operation: each is read once, and the total comes with any of them.
import DataLoader from 'dataloader';
import type { WindowReader } from '../catalog/paging/read-window.js';
import { asError } from '../domain/errors.js';
import type { Page, PageNumber } from '../domain/list.js';

export interface PageLoader<T> {
  page(page: PageNumber): Promise<Page<T>>;
  /** Comes from a page that is read anyway, else from the smallest page. */
  total(): Promise<number | null>;
}

/** One list, ready to be read. */
export interface ListLoader<T> extends Pick<PageLoader<T>, 'total'> {
  /** Distinguishes the list from every other: cursors belong to it. */
  readonly key: string;
  readonly reader: WindowReader<T>;
}

/** The pages of a list in which nothing exists for the caller; PAI is not called. */
export const NO_PAGES: PageLoader<never> = {
  page: async () => ({ items: [], total: 0 }),
  total: async () => 0,
};

const SMALLEST_PAGE: PageNumber = { number: 1, size: 1 };

export function createPageLoader<T>(
  fetchPage: (page: PageNumber) => Promise<Page<T>>,
  onAsked: () => void = () => {},
): PageLoader<T> {
  const reads: Promise<Page<T>>[] = [];
  const read = (page: PageNumber) => {
    const answer = fetchPage(page);
    reads.push(answer);
    return answer;
  };
  // A total that is requested in the same tick waits until every page of the tick is known.
  const loader = new DataLoader<PageNumber | 'total', Page<T>, string>(
    (keys) => {
      const pages = keys.map((key) => (key === 'total' ? null : read(key)));
      if (reads.length === 0) read(SMALLEST_PAGE);
      const answers = pages.map((page) => page ?? firstGood(reads));
      return Promise.all(answers.map((answer) => answer.catch(asError)));
    },
    { cacheKeyFn: (key) => (key === 'total' ? key : `${key.number}/${key.size}`) },
  );
  return {
    page(page) {
      onAsked();
      return loader.load(page);
    },
    async total() {
      onAsked();
      return (await loader.load('total')).total;
    },
  };
}

/** The first read that succeeds, else the failure of the first read. */
function firstGood<T>(reads: readonly Promise<T>[]): Promise<T> {
  return Promise.any(reads).catch(({ errors: [first] }: AggregateError) => {
    throw first;
  });
}
