// Reads one kind of thing: from the cache as far as its age allows, else from PAI. What an age asks for
// is decided in cache/freshness; how often PAI is asked, below.
import type { Entry } from '../cache/entry.js';
import { freshForMs, judgeEntry } from '../cache/freshness.js';
import { type Call, createUsage, limitValidity } from '../domain/call.js';
import type { Caller } from '../domain/caller.js';
import { AppError, asError, codeOf, type ErrorCode } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import type { Provenance } from '../domain/provenance.js';
import type { Fetched } from '../pai/client.js';
import { type Access, createFetcher, type FetcherParts, type Wanted } from './fetcher.js';
import type { AnswerKind } from './kinds.js';

export interface Read<T> {
  readonly value: T;
  readonly meta: Provenance;
}

export interface ReaderParts extends FetcherParts {
  readonly region: string | null;
  readonly report: Report;
  /** For a refresh that nobody waits for. */
  readonly refreshTimeoutMs: number;
}

export interface CachedReader<T> {
  /** In order: what was read, null where there is none, or the error of that one alone. */
  readMany(
    wanted: readonly Wanted<T>[],
    access: Access,
    call: Call,
  ): Promise<(Read<T> | null | Error)[]>;
}

/** PAI failed. A refusal is an answer, and our own mistakes are not covered up. */
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
  const { windows, now, report } = parts;
  const fetcher = createFetcher(kind, parts, onFetched);

  function serve(entry: Entry<T>, source: 'LIVE' | 'CACHE' | 'STALE', call: Call): Read<T> | null {
    if (source === 'CACHE') call.usage.cached += 1;
    if (source === 'STALE') call.usage.stale += 1;
    report({ type: 'read', kind: kind.name, source });
    limitValidity(call.validity, Math.floor(freshForMs(entry, now(), windows) / 1000));
    const { value } = entry;
    return value === null ? null : { value, meta: provenanceOf(entry, source, parts) };
  }

  async function fetch(wanted: Wanted<T>, access: Access, call: Call): Promise<Read<T> | null> {
    const onJoined = () => {
      call.usage.coalesced += 1;
    };
    return serve(await fetcher.fetch(wanted, access, call, onJoined), 'LIVE', call);
  }

  /** Nobody waits: its failure is told by its attempts, and the stale answer stands. */
  function refreshBehind(wanted: Wanted<T>, access: Access, { caller }: Call): void {
    const { passenger, end } = lonePassenger(caller, parts);
    fetcher.fetch(wanted, access, passenger).then(end, end);
  }

  async function readOne(
    wanted: Wanted<T>,
    entry: Entry<T> | undefined,
    access: Access,
    call: Call,
  ): Promise<Read<T> | null> {
    const verdict = judgeEntry(entry, now(), windows, call.wish);
    if (entry === undefined || verdict === 'miss') return fetch(wanted, access, call);
    if (verdict === 'fresh') return serve(entry, 'CACHE', call);
    if (verdict === 'revalidate') {
      refreshBehind(wanted, access, call);
      return serve(entry, 'STALE', call);
    }
    try {
      return await fetch(wanted, access, call);
    } catch (error) {
      return instead(error, entry, call);
    }
  }

  /** The old answer for a failure, unless it has grown too old while PAI was waited for. */
  function instead(error: unknown, entry: Entry<T>, call: Call): Read<T> | null {
    const isTooOld = judgeEntry(entry, now(), windows, call.wish) === 'miss';
    if (isTooOld || !STALE_INSTEAD_OF.has(codeOf(error))) throw error;
    return serve(entry, 'STALE', call);
  }

  return {
    async readMany(wanted, access, call) {
      const isEnough = (entry: Entry<T>) =>
        judgeEntry(entry, now(), windows, call.wish) === 'fresh';
      const isCacheRead = windows.ttlMs > 0 && !call.wish.noCache;
      const keys = wanted.map(({ key }) => key);
      const entries = isCacheRead ? await access.cache.getMany(kind, keys, isEnough) : [];
      return eachAlone(wanted.map((one, index) => readOne(one, entries[index], access, call)));
    },
  };
}

/** A flight that goes on without anybody waiting for it, until its time is over. */
function lonePassenger(caller: Caller, { now, refreshTimeoutMs }: ReaderParts) {
  const controller = new AbortController();
  const tooLong = new AppError('UPSTREAM_TIMEOUT', 'The refresh took too long.');
  const timer = setTimeout(() => controller.abort(tooLong), refreshTimeoutMs);
  const deadlineAt = now() + refreshTimeoutMs;
  const passenger = { signal: controller.signal, deadlineAt, caller, usage: createUsage() };
  return { passenger, end: () => clearTimeout(timer) };
}

function provenanceOf(
  { requestId, fetchedAt }: Entry<unknown>,
  source: 'LIVE' | 'CACHE' | 'STALE',
  { region, now }: ReaderParts,
): Provenance {
  const ageSeconds = Math.max(0, Math.floor((now() - fetchedAt) / 1000));
  return { requestId, fetchedAt: new Date(fetchedAt).toISOString(), ageSeconds, source, region };
}

/** One failure is one slot's. */
async function eachAlone<T>(reads: readonly Promise<T>[]): Promise<(T | Error)[]> {
  const outcomes = await Promise.allSettled(reads);
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : asError(outcome.reason),
  );
}
