// The sum of the calls of an operation, and whether its budget allows them. Pure.
import { AppError } from '../../domain/errors.js';
import type { PricedCall } from './priced-call.js';

/** Distinct calls, with PAI's pages as large as they are known to be. */
export function distinctCalls(calls: readonly PricedCall[]): number {
  return calls.reduce((total, { count }) => total + count, 0);
}

/** The number of calls that the run never exceeds, retries apart. */
export function worstCase(calls: readonly PricedCall[], isListBatching: boolean): number {
  const further = calls
    .flatMap((call) => [...call.further.values()])
    .reduce((total, count) => total + count, 0);
  return distinctCalls(calls) + further + (isListBatching ? pagesInVain(calls) : 0);
}

/** Each tick that misses two models or more may read one page in vain. */
function pagesInVain(calls: readonly PricedCall[]): number {
  const models = calls.filter(({ operation }) => operation === 'GetModel');
  const atRoot = models.filter(({ path }) => path.length === 1).length;
  return Math.min(1, Math.floor(atRoot / 2)) + Math.floor((models.length - atRoot) / 2);
}

/** Throws QUERY_TOO_COMPLEX. */
export function refuseBeyond(limit: number, calls: readonly PricedCall[]): void {
  const measured = distinctCalls(calls);
  if (measured <= limit) return;
  throw new AppError(
    'QUERY_TOO_COMPLEX',
    `The operation may make ${measured} upstream calls; ${limit} are allowed.`,
    { limit, measured },
  );
}
