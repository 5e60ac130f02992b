// Refuses an operation before its first call when the quota cannot let all of its calls start before its deadline.
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import type { Context } from '../context.js';
import { cacheStatusesOf } from './explain.js';
import { type PricedCall, sumsByOperation } from './price.js';

type Calls = ReadonlyMap<UpstreamOperation, number>;
type StartContext = Pick<Context, 'call' | 'estimates' | 'now'>;

/** Whether so many calls could start before the deadline if none of them was answered by the cache. */
export function canStartInTime(calls: Calls, context: StartContext): boolean {
  return waitMsOf(calls, context) <= context.call.deadlineAt - context.now();
}

/** The least time until the last of the calls can start. */
function waitMsOf(calls: Calls, { estimates, call }: StartContext): number {
  const waits = [...calls].map(([operation, count]) =>
    estimates.leastWaitMs(operation, call, count),
  );
  return Math.max(0, ...waits);
}

/**
 * Throws RATE_LIMITED. Only calls that are certain count: not those that an answer may spare, that the cache or a call
 * under way answers, or for which a stale answer stands in.
 */
export async function refuseTooLate(
  priced: readonly PricedCall[],
  context: StartContext,
): Promise<void> {
  const { call } = context;
  // If the deadline has passed, or the run began in compiled form, each read reports it at its own field.
  if (call.signal.aborted || call.usage.calls > 0) return;
  // This check does not look into the cache: only a long queue justifies that.
  if (canStartInTime(sumsByOperation(priced), context)) return;
  // If the look fails for want of credentials or of time, the read that it is for reports that.
  const certain = await certainCalls(priced, context).catch(() => null);
  if (certain === null || call.signal.aborted || canStartInTime(certain, context)) return;
  throw new AppError(
    'RATE_LIMITED',
    'The calls of this operation cannot start before its deadline: too many are waiting.',
    { retryAfterMs: Math.ceil(waitMsOf(certain, context)) },
  );
}

async function certainCalls(
  priced: readonly PricedCall[],
  { estimates, call }: StartContext,
): Promise<Calls> {
  const atRoot = priced.filter(({ path }) => path.length === 1);
  const statuses = await cacheStatusesOf(atRoot, estimates, call);
  const certain = atRoot.filter(({ key }) => {
    const status = statuses.get(key);
    return status?.from === 'UPSTREAM' && status.value === undefined && !status.isUnderWay;
  });
  const calls = sumsByOperation(certain);
  const batch = await estimates.batch(calls.get('GetModel') ?? 0, call);
  if (batch === null) return calls;
  calls.set('GetModel', batch.proofs);
  return calls.set('ListModels', (calls.get('ListModels') ?? 0) + batch.pages);
}
