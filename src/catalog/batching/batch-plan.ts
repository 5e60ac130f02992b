// Decides whether missing models are read through pages of a list, each with many models in one call, or one by one.
// Pure: takes the known state and gives the next step.

/** A list of models whose length is known from an earlier answer. */
export interface KnownList {
  readonly key: string;
  readonly total: number;
  /** Numbers of the pages whose models are in the cache: the missing models are not on them. */
  readonly freshPages: ReadonlySet<number>;
}

export interface BatchState {
  /** The most promising first. */
  readonly lists: readonly KnownList[];
  /** Distinct ids that are neither in the cache nor found on a page so far. */
  readonly missing: number;
  /** Models found on pages, without those that were also read by id to prove the list. */
  readonly found: number;
  readonly pagesRead: number;
  readonly pageSize: number;
  /** Models that would have to be read both ways before the list is believed. */
  readonly proofs: number;
  readonly budgetLeft: number;
  /** Calls that may start in this second. */
  readonly quotaLeft: { readonly ListModels: number; readonly GetModel: number };
}

type BatchStep =
  | { readonly kind: 'page'; readonly list: string; readonly number: number }
  | { readonly kind: 'one_by_one' };

/** An operation never misses so many ids that more pages could pay off. */
export const MAX_PAGES = 1000;
/** Reading pages must cost at most half of what reading one by one costs. */
const CLEARLY_FEWER = 2;

const ONE_BY_ONE: BatchStep = { kind: 'one_by_one' };

/**
 * Every page but the first is paid for by a model that the pages before it brought. So, for any contents of the lists,
 * calls = missing + pages - found is at most missing + 1.
 */
export function nextStep(state: BatchState): BatchStep {
  const { missing, quotaLeft } = state;
  if (state.found < state.pagesRead) return ONE_BY_ONE;
  // Reads one by one need not wait for quota; a read of a page would.
  if (quotaLeft.ListModels < 1 && quotaLeft.GetModel >= missing) return ONE_BY_ONE;
  // The budget only suffices for reads one by one: a page without a missing model would leave one id out.
  if (state.budgetLeft === missing) return ONE_BY_ONE;
  for (const list of state.lists) {
    const numbers = unreadPages(list, state.pageSize);
    const calls = numbers.length + state.proofs;
    const rows = Math.min(missing, numbers.length * state.pageSize, list.total);
    const [number] = numbers;
    if (number === undefined || calls > state.budgetLeft) continue;
    if (calls * CLEARLY_FEWER <= rows) return { kind: 'page', list: list.key, number };
  }
  return ONE_BY_ONE;
}

/** In order; empty where they are too many for any operation. */
export function unreadPages({ total, freshPages }: KnownList, pageSize: number): number[] {
  const count = Math.ceil(total / pageSize);
  const numbers: number[] = [];
  for (let number = 1; number <= Math.min(count, MAX_PAGES); number += 1) {
    if (!freshPages.has(number)) numbers.push(number);
  }
  return count > MAX_PAGES ? [] : numbers;
}
