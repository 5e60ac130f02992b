// Explains the calls that an operation would make now, and the source that would answer each.
import type { CacheStatus } from '../../cache/read-through.js';
import type { Estimates } from '../../catalog/catalog.js';
import { type CallIds, OPERATIONS } from '../../catalog/operations.js';
import type { Call } from '../../domain/call.js';
import { isNarrowed } from '../../domain/caller.js';
import type { Context } from '../context.js';
import { callKey, type Price, type PricedCall, sumOf, worstCase } from './price.js';

interface ExplainOptions {
  readonly isListBatching: boolean;
  readonly callsPerOperation: number;
}

interface ExplainedCall extends CallIds {
  readonly operation: string;
  /** Number and size of a page of a list. */
  readonly page?: number;
  readonly pageSize?: number;
  readonly path: readonly string[];
  readonly count: number;
  readonly from: CacheStatus<unknown>['from'];
  readonly reason: string;
}

interface Explanation {
  readonly calls: readonly ExplainedCall[];
  /** The number that the limit is compared with. */
  readonly price: number;
  readonly expected: number;
  readonly worstCase: number;
  readonly budget: number;
  readonly allowed: boolean;
  /** The number of calls that may start in this second, of the scarcest operation that is needed. */
  readonly quotaLeft: number;
}

/** By the keys of the calls. Calls that depend on answers have no status. */
type CacheStatuses = ReadonlyMap<string, CacheStatus<unknown>>;

/** The source that would answer each call now: one look into the cache for each operation of PAI. */
export async function cacheStatusesOf(
  priced: readonly PricedCall[],
  estimates: Estimates,
  call: Call,
): Promise<CacheStatuses> {
  const withKeys = priced.filter(({ known }) => known !== null);
  const operations = [...new Set(withKeys.map(({ operation }) => operation))];
  const looks = operations.map(async (operation) => {
    const own = withKeys.filter((one) => one.operation === operation);
    const known = own.flatMap(({ known }) => known ?? []);
    const statuses = await estimates.statuses(operation, known, call);
    return statuses.map((status, index) => [own[index]?.key ?? '', status] as const);
  });
  return new Map((await Promise.all(looks)).flat());
}

export async function explain(
  price: Price,
  { isListBatching, callsPerOperation }: ExplainOptions,
  { estimates, call }: Pick<Context, 'estimates' | 'call'>,
): Promise<Explanation> {
  const priced = price.calls;
  const statuses = await cacheStatusesOf(priced, estimates, call);
  const calls = await batched(explained(priced, statuses, call), estimates, call);
  const needed = new Set(priced.map(({ operation }) => operation));
  if (needed.size === 0) needed.add('GetModel');
  const total = sumOf(priced);
  return {
    calls,
    price: total,
    expected: sumOf(calls.filter(({ from }) => from === 'UPSTREAM')),
    worstCase: worstCase(price, isListBatching),
    budget: Math.min(callsPerOperation, call.budget.calls),
    allowed: total <= callsPerOperation,
    quotaLeft: Math.min(...[...needed].map((name) => estimates.quota(name, call).available)),
  };
}

function explained(
  priced: readonly PricedCall[],
  statuses: CacheStatuses,
  { caller }: Call,
): ExplainedCall[] {
  const isOwnerFirst = isNarrowed(caller.view);
  return priced.flatMap((one) => {
    const { operation, path, count } = one;
    const owner = statuses.get(ownerKey(one) ?? '')?.value;
    // Calls for things of an object that is known not to exist are not made.
    if (owner === null && (isOwnerFirst || path.length > 1)) return [];
    const origin = originOf(one, statuses.get(one.key), owner);
    return [{ operation, ...describe(one), path, count, ...origin }];
  });
}

/** The key of the call that reads the object to which the result belongs; null: there is none, or it is unknown. */
function ownerKey({ operation, known }: PricedCall): string | null {
  const { parent: owner } = OPERATIONS[operation];
  const [id] = known?.key ?? [];
  return owner === null || id === undefined ? null : callKey(owner, [id]);
}

function originOf(
  { operation, known, path, batchSize = 1 }: PricedCall,
  status: CacheStatus<unknown> | undefined,
  owner: unknown,
): Pick<ExplainedCall, 'from' | 'reason'> {
  if (known === null || status === undefined) {
    const place = path.slice(0, -1).join('.');
    const items = batchSize === 1 ? 'per item' : `for ${batchSize} items`;
    return { from: 'UPSTREAM', reason: `depends on the result of ${place} (one call ${items})` };
  }
  const rule = OPERATIONS[operation];
  // At the root, an object and its owner are requested at the same time.
  if (path.length > 1 && rule.kind === 'object' && rule.comesWith(owner, known.key)) {
    return { from: 'CACHE', reason: 'comes with its model' };
  }
  return { from: status.from, reason: REASONS[status.from] };
}

const REASONS = {
  UPSTREAM: 'not in the cache',
  CACHE: 'fresh in the cache',
  STALE: 'stale in the cache; revalidated in the background',
} as const;

function describe({ operation, known }: PricedCall) {
  if (known === null) return {};
  const { key, page } = known;
  const ids = OPERATIONS[operation].describe(key);
  return page === null ? ids : { ...ids, page: page.page.number, pageSize: page.page.size };
}

/** Replaces missing models that would be read through a list by its pages and by the reads that prove it. */
async function batched(
  calls: readonly ExplainedCall[],
  estimates: Estimates,
  call: Call,
): Promise<readonly ExplainedCall[]> {
  const isMissing = ({ operation, path, from }: ExplainedCall) =>
    operation === 'GetModel' && from === 'UPSTREAM' && path.length === 1;
  const missing = calls.filter(isMissing);
  const batch = await estimates.batch(missing.length, call);
  const [first] = missing;
  if (batch === null || first === undefined) return calls;
  const pages = {
    operation: 'ListModels',
    path: first.path,
    count: batch.pages,
    from: 'UPSTREAM',
    reason: `its pages hold ${missing.length} models that are not in the cache`,
  } as const;
  const proofs = missing.slice(0, batch.proofs).map((one) => ({
    ...one,
    reason: 'read by id as well, to prove the list',
  }));
  return [...calls.filter((one) => !isMissing(one)), pages, ...proofs];
}
