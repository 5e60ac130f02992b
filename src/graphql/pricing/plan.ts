// The calls that an operation would make now: explains them instead of running it, and refuses it before its first call
// when the quota cannot let all of them start before its deadline.
import type { CacheStatus } from '../../cache/read-through.js';
import type { Estimates } from '../../catalog/catalog.js';
import { type CallIds, OPERATIONS } from '../../catalog/operations.js';
import type { Call } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { callKey, distinctCalls, type PricedCall, worstCase } from './priced-call.js';

export interface ExplainedCall extends CallIds {
  readonly operation: string;
  /** Number and size of a page of a list. */
  readonly page?: number;
  readonly pageSize?: number;
  readonly path: readonly string[];
  readonly count: number;
  readonly from: CacheStatus<unknown>['from'];
  readonly reason: string;
}

export interface Explanation {
  readonly calls: readonly ExplainedCall[];
  readonly expected: number;
  readonly worstCase: number;
  readonly budget: number;
  readonly allowed: boolean;
  /** The number of calls that may start in this second, of the scarcest operation that is needed. */
  readonly quotaLeft: number;
}

export interface ExplainParts {
  readonly estimates: Estimates;
  readonly isListBatching: boolean;
  readonly callsPerOperation: number;
}

/** By the keys of the calls. Calls that depend on answers have no status. */
type CacheStatuses = ReadonlyMap<string, CacheStatus<unknown>>;

/** The source that would answer each call now: one look into the cache for each operation. */
async function estimateCalls(
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
  priced: readonly PricedCall[],
  parts: ExplainParts,
  call: Call,
): Promise<Explanation> {
  const { estimates, isListBatching, callsPerOperation } = parts;
  const cacheStatuses = await estimateCalls(priced, estimates, call);
  const calls = await batched(explained(priced, cacheStatuses, call), estimates, call);
  const asked = calls.filter(({ from }) => from === 'UPSTREAM');
  const needed =
    priced.length > 0 ? priced.map(({ operation }) => operation) : (['GetModel'] as const);
  return {
    calls,
    expected: distinctCalls(asked),
    worstCase: worstCase(priced, isListBatching),
    budget: Math.min(callsPerOperation, call.budget.calls),
    allowed: distinctCalls(priced) <= callsPerOperation,
    quotaLeft: Math.min(...needed.map((operation) => estimates.quotaLeft(operation, call))),
  };
}

function explained(
  priced: readonly PricedCall[],
  statuses: CacheStatuses,
  { caller }: Call,
): ExplainedCall[] {
  const isOwnerFirst = caller.view.kind === 'workspaces';
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
  { operation, known, path }: PricedCall,
  status: CacheStatus<unknown> | undefined,
  owner: unknown,
): Pick<ExplainedCall, 'from' | 'reason'> {
  if (known === null || status === undefined) {
    const place = path.slice(0, -1).join('.');
    return { from: 'UPSTREAM', reason: `depends on the result of ${place} (one call per item)` };
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

type Counts = ReadonlyMap<UpstreamOperation, number>;

/**
 * Throws RATE_LIMITED. Only calls that are certain count: not those that an answer may spare, that the cache or a call
 * under way answers, or for which a stale answer stands in. `now`: the clock of the deadline.
 */
export async function refuseTooLate(
  priced: readonly PricedCall[],
  estimates: Estimates,
  call: Call,
  now: () => number,
): Promise<void> {
  // If the deadline has passed, or the run began in compiled form, each read reports it at its own field.
  if (call.signal.aborted || call.usage.calls > 0) return;
  // This check does not look into the cache: only a long queue justifies that.
  if (waitMsOf(countsOf(priced), estimates, call) <= call.deadlineAt - now()) return;
  // If the look fails for want of credentials or of time, the read that it is for reports that.
  const counts = await certainCounts(priced, estimates, call).catch(() => null);
  if (counts === null || call.signal.aborted) return;
  const waitMs = waitMsOf(counts, estimates, call);
  if (waitMs <= call.deadlineAt - now()) return;
  throw new AppError(
    'RATE_LIMITED',
    'The calls of this operation cannot start before its deadline: too many are waiting.',
    { retryAfterMs: Math.ceil(waitMs) },
  );
}

/** The least time until the last of the calls can start. */
function waitMsOf(
  counts: Counts,
  { leastWaitMs }: Pick<Estimates, 'leastWaitMs'>,
  call: Call,
): number {
  const waits = [...counts].map(([operation, count]) => leastWaitMs(operation, call, count));
  return Math.max(0, ...waits);
}

function countsOf(calls: readonly Pick<PricedCall, 'operation' | 'count'>[]): Counts {
  const counts = new Map<UpstreamOperation, number>();
  for (const { operation, count } of calls) {
    counts.set(operation, (counts.get(operation) ?? 0) + count);
  }
  return counts;
}

async function certainCounts(
  priced: readonly PricedCall[],
  estimates: Estimates,
  call: Call,
): Promise<Counts> {
  const atRoot = priced.filter(({ path }) => path.length === 1);
  const cacheStatuses = await estimateCalls(atRoot, estimates, call);
  const certain = atRoot.filter((one) => {
    const cacheStatus = cacheStatuses.get(one.key);
    return (
      cacheStatus?.from === 'UPSTREAM' && cacheStatus.value === undefined && !cacheStatus.isUnderWay
    );
  });
  const counts = new Map(countsOf(certain));
  const batch = await estimates.batch(counts.get('GetModel') ?? 0, call);
  if (batch === null) return counts;
  counts.set('GetModel', batch.proofs);
  return counts.set('ListModels', (counts.get('ListModels') ?? 0) + batch.pages);
}
