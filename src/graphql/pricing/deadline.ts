// Refuses an operation before its first call when the quota cannot let all its calls start before its deadline.
import type { Estimates } from '../../catalog/catalog.js';
import type { Call } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { estimateCalls } from './explain.js';
import type { PricedCall } from './priced-call.js';

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
