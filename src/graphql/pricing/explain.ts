// Explains an operation instead of running it: which calls it would make now, and why.
import type { CacheStatus, Estimates } from '../../catalog/catalog.js';
import type { Call } from '../../domain/call.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { type CacheStatuses, estimateCalls } from './cache-status.js';
import { OPERATIONS } from './operations.js';
import { callKey, distinctCalls, type PricedCall, type Target, worstCase } from './priced-call.js';

export interface ExplainedCall {
  readonly operation: string;
  /** The id of a model or a version. */
  readonly id?: string;
  /** The model that owns the version or the list of versions. */
  readonly modelId?: string;
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
    expected: asked.reduce((total, { count }) => total + count, 0),
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
  const isOwnerFirst = caller.workspaces !== null;
  return priced.flatMap((one) => {
    const { operation, path, count, target } = one;
    const owner = statuses.get(ownerKey(one) ?? '')?.value;
    // Calls for things of an object that is known not to exist are not made.
    if (owner === null && (isOwnerFirst || path.length > 1)) return [];
    const origin = originOf(one, statuses.get(one.key), owner);
    return [{ operation, ...described(operation, target), path, count, ...origin }];
  });
}

/** The key of the call that reads the object to which the result belongs; null: there is none, or it is unknown. */
function ownerKey({ operation, target }: PricedCall): string | null {
  const { owner } = OPERATIONS[operation];
  if (owner === null || target.kind === 'answer_dependent') return null;
  const id = target.kind === 'page' ? target.owner : target.key[0];
  return id === null || id === undefined ? null : callKey(owner, [id]);
}

function originOf(
  { operation, target, path }: PricedCall,
  status: CacheStatus<unknown> | undefined,
  owner: unknown,
): Pick<ExplainedCall, 'from' | 'reason'> {
  if (status === undefined) {
    const place = path.slice(0, -1).join('.');
    return { from: 'UPSTREAM', reason: `depends on the result of ${place} (one call per item)` };
  }
  const rule = OPERATIONS[operation];
  // At the root, an object and its owner are requested at the same time.
  const mayComeWith = path.length > 1 && rule.kind === 'object' && target.kind === 'object';
  if (mayComeWith && rule.comesWith(owner, target.key)) {
    return { from: 'CACHE', reason: 'comes with its model' };
  }
  return { from: status.from, reason: REASONS[status.from] };
}

const REASONS = {
  UPSTREAM: 'not in the cache',
  CACHE: 'fresh in the cache',
  STALE: 'stale in the cache; revalidated in the background',
} as const;

function described(operation: UpstreamOperation, target: Target) {
  const rule = OPERATIONS[operation];
  if (rule.kind === 'object') return target.kind === 'object' ? rule.describe(target.key) : {};
  if (target.kind !== 'page') return {};
  const { owner, page } = target;
  const ids = owner === null ? {} : rule.describe(owner);
  return { ...ids, page: page.number, pageSize: page.size };
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
