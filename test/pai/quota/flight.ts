// A fetch as the quota and the policy see it, and a quota with windows of one second: valid by default, with the
// properties that a test sets.
import {
  createUsage,
  type FetchContext,
  type Lanes,
  type Requester,
} from '../../../src/domain/call.js';
import { Quota, type QuotaOptions } from '../../../src/pai/quota/quota.js';
import { StartWindow, type StartWindowOptions } from '../../../src/pai/quota/start-window.js';

export function aRequester({
  lane = 'a',
  ...rest
}: Partial<Requester> & { lane?: string } = {}): Requester {
  return {
    requestId: 'request-1',
    signal: new AbortController().signal,
    deadlineAt: Number.POSITIVE_INFINITY,
    caller: { name: lane, lane, view: { kind: 'all' }, own: null },
    usage: createUsage(),
    ...rest,
  };
}

/** Of one requester. */
export function aFlight({
  lane = 'a',
  ...rest
}: Partial<FetchContext> & { lane?: string } = {}): FetchContext {
  return { ...aRequester({ lane }), lanes: lanesOf(lane), ...rest };
}

interface TestLanes extends Lanes {
  join(lane: string): void;
  leave(lane: string): void;
}

/** Each with one requester. */
export function lanesOf(...names: string[]): TestLanes {
  const lanes = new Set(names);
  const watchers = new Set<() => void>();
  return {
    names: lanes,
    watch(onChange) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    join(lane) {
      lanes.add(lane);
      for (const onChange of watchers) onChange();
    },
    leave(lane) {
      lanes.delete(lane);
      for (const onChange of watchers) onChange();
    },
  };
}

/** The window that PAI counts in. */
export const WINDOW_MS = 1000;

export function aQuota(options: Partial<QuotaOptions> = {}): Quota {
  return new Quota({
    baseUrl: 'http://pai.invalid',
    account: 'account',
    ratePerSecond: 10,
    rateWithoutRedis: 10,
    concurrency: 1000,
    timeoutMs: 5000,
    requestTimeoutMs: 30_000,
    redis: null,
    report: () => {},
    monotonic: Date.now,
    windowMs: WINDOW_MS,
    queueLimit: 1000,
    ...options,
  });
}

export function aWindow(
  ratePerSecond: number,
  options: Partial<StartWindowOptions> = {},
): StartWindow {
  const defaults = { windowMs: WINDOW_MS, monotonic: Date.now, shared: null };
  return new StartWindow({ ...defaults, ratePerSecond, ...options });
}
