// Reads one kind of thing: from the cache as far as its age allows, else from PAI. cache/freshness decides what an age
// allows; this module decides how often PAI is asked.
import type { Entry } from '../../cache/entry.js';
import type { Verdict } from '../../cache/freshness.js';
import { spendCall } from '../../domain/budget.js';
import { type Call, createUsage } from '../../domain/call.js';
import { AppError, asError, codeOf, type ErrorCode } from '../../domain/errors.js';
import type { Fetched } from '../../pai/client.js';
import { type Access, createFetcher, type FetcherParts, type Wanted } from './fetcher.js';
import type { AnswerKind } from './kinds.js';
import { type CacheStatus, createLookup } from './lookup.js';
import { createServing, type Read, type ServingParts } from './serving.js';
import type { JoinListener } from './single-flight.js';

export type { Read };

export interface ReaderParts extends FetcherParts, ServingParts {
  /** The time limit of a refresh in the background. */
  readonly refreshTimeoutMs: number;
}

export interface CachedReader<T> {
  /** In order: the read, null where PAI has none, or the error of that one alone. */
  readMany(
    wanted: readonly Wanted<T>[],
    access: Access,
    call: Call,
    batchFetch?: BatchFetch<T>,
  ): Promise<(Read<T> | null | Error)[]>;
  /** The read, at once, where this process has it fresh; undefined: read it with readMany. */
  peek(key: string, access: Access, call: Call): Read<T> | null | undefined;
  /** The answer that the cache would give now; nothing is counted, refreshed or asked of PAI. */
  estimate(keys: readonly string[], access: Access, call: Call): Promise<CacheStatus<T>[]>;
}

/**
 * Another way to read missing things: gives the outcomes that it settled, and leaves the rest to be read one by one.
 */
export type BatchFetch<T> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Outcome<T>>>;

/** The read, null where PAI has none, or the error of a failed read. */
export type Outcome<T> = Read<T> | null | Error;

/** The failures of PAI. A refusal is an answer, and our own mistakes are not hidden. */
const STALE_INSTEAD_OF: ReadonlySet<ErrorCode | null> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_INVALID',
  'RATE_LIMITED',
]);

export function createCachedReader<T>(
  kind: AnswerKind<T>,
  parts: ReaderParts,
  onFetched?: (fetched: Fetched<T>, access: Access) => void,
): CachedReader<T> {
  const { windows, now } = parts;
  const lookup = createLookup(kind, windows, now);
  const fetcher = createFetcher(kind, parts, onFetched);
  const { serve, serveFresh } = createServing(kind, parts);

  const fetch = async (wanted: Wanted<T>, access: Access, call: Call) =>
    serve(await fetcher.fetch(wanted, access, call, listenerOf(call)), 'LIVE', call);

  /** No request waits for it: its attempts report its failure, and the stale answer stands. It spends the budget. */
  function revalidateInBackground(wanted: Wanted<T>, access: Access, call: Call): void {
    const { requester, listener, end } = backgroundRefresh(call, parts);
    fetcher.fetch(wanted, access, requester, listener).then(end, end);
  }

  async function readOne(
    wanted: Wanted<T>,
    entry: Entry<T> | undefined,
    access: Access,
    call: Call,
  ): Promise<Read<T> | null> {
    const verdict = lookup.judge(entry, call);
    if (entry === undefined || verdict === 'miss') return fetch(wanted, access, call);
    if (verdict === 'fresh') return serveFresh(entry, wanted.key, access, call);
    if (verdict === 'revalidate') {
      revalidateInBackground(wanted, access, call);
      return serve(entry, 'STALE', call);
    }
    return fetch(wanted, access, call).catch((error) => staleIfError(error, entry, call));
  }

  /** The old answer instead of a failure, unless it has become too old while the operation waited for PAI. */
  function staleIfError(error: unknown, entry: Entry<T> | undefined, call: Call): Read<T> | null {
    const isOld = entry !== undefined && lookup.judge(entry, call) !== 'miss';
    if (isOld && STALE_INSTEAD_OF.has(codeOf(error))) return serve(entry, 'STALE', call);
    throw error;
  }

  return {
    async readMany(wanted, access, call, batchFetch = async () => NOTHING) {
      const keys = wanted.map(({ key }) => key);
      const entries = await lookup.entries(keys, access, call);
      const missing = keys.filter((_, index) => NEEDS_PAI.has(lookup.judge(entries[index], call)));
      const carried = missing.length > 0 ? await batchFetch(missing) : NOTHING;
      const reads = wanted.map(async (one, index) => {
        const settled = carried.get(one.key);
        if (settled instanceof Error) return staleIfError(settled, entries[index], call);
        return settled === undefined ? readOne(one, entries[index], access, call) : settled;
      });
      return eachAlone(reads);
    },
    peek(key, access, call) {
      const entry = lookup.peek(key, access, call);
      return entry && serveFresh(entry, key, access, call);
    },
    async estimate(keys, access, call) {
      const cacheStatuses = await lookup.estimate(keys, access, call);
      return cacheStatuses.map((cacheStatus, index) => ({
        ...cacheStatus,
        isUnderWay: fetcher.isUnderWay(keys[index] ?? '', access),
      }));
    },
  };
}

/** A fetch that it starts is a call of this operation; one that it joins is not. */
function listenerOf({ budget, usage }: Call): JoinListener {
  return {
    started: () => spendCall(budget),
    joined: () => {
      usage.coalesced += 1;
    },
  };
}

const NEEDS_PAI: ReadonlySet<Verdict> = new Set(['miss', 'fallback']);
const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** The refresh continues until its own deadline, even when its operation has ended. */
function backgroundRefresh(
  { requestId, caller, budget }: Call,
  { now, refreshTimeoutMs }: ReaderParts,
) {
  const controller = new AbortController();
  const tooLong = new AppError('UPSTREAM_TIMEOUT', 'The refresh took too long.');
  const timer = setTimeout(() => controller.abort(tooLong), refreshTimeoutMs);
  const deadlineAt = now() + refreshTimeoutMs;
  const { signal } = controller;
  const requester = { requestId, signal, deadlineAt, caller, usage: createUsage() };
  const listener = { started: () => spendCall(budget) };
  return { requester, listener, end: () => clearTimeout(timer) };
}

/** Each failure affects only its own slot. */
async function eachAlone<T>(reads: readonly Promise<T>[]): Promise<(T | Error)[]> {
  const outcomes = await Promise.allSettled(reads);
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : asError(outcome.reason),
  );
}
