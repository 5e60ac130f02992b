// Explains an operation instead of running it: which calls it would make now, and why.
import type { Estimates } from '../../catalog/estimates.js';
import type { CacheStatus } from '../../catalog/reading/lookup.js';
import type { Call } from '../../domain/call.js';
import { versionId } from '../../domain/global-id.js';
import type { Model } from '../../domain/model.js';
import { type CacheStatuses, estimateCalls } from './cache-statuses.js';
import { distinctCalls, worstCase } from './price.js';
import type { PricedCall, Target } from './priced-call.js';

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
  cacheStatuses: CacheStatuses,
  { caller }: Call,
): ExplainedCall[] {
  const isModelFirst = caller.workspaces !== null;
  const models = new Map<string, Model | null | undefined>();
  for (const [{ target }, { value }] of cacheStatuses) {
    if (target.kind === 'model')
      models.set(target.id, isModel(value) ? value : value === null ? null : undefined);
  }
  return priced.flatMap((one) => {
    const owner = ownerOf(one.target);
    const model = owner === null ? undefined : models.get(owner);
    // The versions and lists of a model that is known not to exist are not requested.
    if (model === null && (isModelFirst || one.path.length > 1)) return [];
    const { operation, path, count, target } = one;
    const origin = originOf(one, cacheStatuses.get(one), model ?? undefined);
    return [{ operation, ...shown(target), path, count, ...origin }];
  });
}

function isModel(value: unknown): value is Model {
  return typeof value === 'object' && value !== null && 'latestVersion' in value;
}

function ownerOf(target: Target): string | null {
  return target.kind === 'version' || target.kind === 'page' ? target.modelId : null;
}

function originOf(
  { target, path }: PricedCall,
  cacheStatus: CacheStatus<unknown> | undefined,
  model: Model | undefined,
): Pick<ExplainedCall, 'from' | 'reason'> {
  if (cacheStatus === undefined) {
    return {
      from: 'UPSTREAM',
      reason: `depends on the result of ${path.slice(0, -1).join('.')} (one call per item)`,
    };
  }
  // At the root, a version and its model are requested at the same time.
  const latest = path.length > 1 ? model?.latestVersion?.versionName : undefined;
  if (target.kind === 'version' && target.versionName === latest) {
    return { from: 'CACHE', reason: 'it comes with its model' };
  }
  return { from: cacheStatus.from, reason: REASONS[cacheStatus.from] };
}

const REASONS = {
  UPSTREAM: 'it is not in the cache, or too old there',
  CACHE: 'it is fresh in the cache',
  STALE: 'it is in the cache; it is served while it is refreshed behind',
} as const;

function shown(target: Target) {
  switch (target.kind) {
    case 'model':
      return { id: target.id };
    case 'version':
      return { id: versionId(target.modelId, target.versionName), modelId: target.modelId };
    case 'page': {
      const { page, modelId } = target;
      return { ...(modelId !== null && { modelId }), page: page.number, pageSize: page.size };
    }
    case 'answer_dependent':
      return {};
    default:
      return target satisfies never;
  }
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
    reason: `its pages carry ${missing.length} models that are missing`,
  } as const;
  const proofs = missing.slice(0, batch.proofs).map((one) => ({
    ...one,
    reason: 'it is read by id as well, to prove the list',
  }));
  return [...calls.filter((one) => !isMissing(one)), pages, ...proofs];
}
