// The source that would answer each call of a price now: one look into the cache for each operation.
import type { CacheStatus, Estimates } from '../../catalog/catalog.js';
import type { Call } from '../../domain/call.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { OPERATIONS, type Operations } from './operations.js';
import type { PricedCall, Target } from './priced-call.js';

/** By the keys of the calls. Calls that depend on answers have no status. */
export type CacheStatuses = ReadonlyMap<string, CacheStatus<unknown>>;

export async function estimateCalls(
  priced: readonly PricedCall[],
  estimates: Estimates,
  call: Call,
): Promise<CacheStatuses> {
  const looks = Object.entries(OPERATIONS).map(async ([name, rule]) => {
    const own = priced.filter(({ operation, target }) => operation === name && isKnown(target));
    if (own.length === 0) return [];
    const statuses = await ask(rule, own, estimates, call);
    return own.flatMap(({ key }, index): [string, CacheStatus<unknown>][] => {
      const status = statuses[index];
      return status === undefined ? [] : [[key, status]];
    });
  });
  return new Map((await Promise.all(looks)).flat());
}

function isKnown({ kind }: Target): boolean {
  return kind !== 'answer_dependent';
}

function ask(
  rule: Operations[UpstreamOperation],
  calls: readonly PricedCall[],
  estimates: Estimates,
  call: Call,
): Promise<CacheStatus<unknown>[]> {
  const targets = calls.map(({ target }) => target);
  return rule.kind === 'object'
    ? rule.estimate(
        targets.flatMap((target) => (target.kind === 'object' ? [target.key] : [])),
        estimates,
        call,
      )
    : rule.estimate(
        targets.filter((target) => target.kind === 'page'),
        estimates,
        call,
      );
}
