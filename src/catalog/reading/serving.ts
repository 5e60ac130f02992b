// Turns an entry into a read, reports it and counts it; it decides nothing about ages.
import type { Entry } from '../../cache/entry.js';
import { freshForMs, type Windows } from '../../cache/freshness.js';
import { type Call, limitValidity } from '../../domain/call.js';
import type { Event, Report } from '../../domain/events.js';
import type { Provenance } from '../../domain/provenance.js';
import type { Access } from './fetcher.js';
import type { AnswerKind } from './kinds.js';

export interface Read<T> {
  readonly value: T;
  readonly meta: Provenance;
}

export function isRead<T>(outcome: Read<T> | null | Error): outcome is Read<T> {
  return outcome !== null && !(outcome instanceof Error);
}

export interface ServingParts {
  readonly region: string | null;
  readonly report: Report;
  readonly windows: Windows;
  /** The monotonic clock. */
  readonly now: () => number;
  /** The date of a moment of that clock. */
  readonly dateOf: (moment: number) => number;
  readonly onHit?: OnHit | undefined;
}

/** Called for each fresh entry that a read serves; version 0: the entry is not in memory, and never current. */
export type OnHit = (call: Call, hit: CacheHit) => void;

export interface CacheHit {
  readonly name: string;
  readonly version: number;
  /** By the monotonic clock. */
  readonly freshUntil: number;
}

export interface Serving<T> {
  serve(entry: Entry<T>, source: 'LIVE' | 'STALE', call: Call): Read<T> | null;
  /** Serves a fresh entry of the cache; the operation may note it as a part of its answer. */
  serveFresh(entry: Entry<T>, key: string, access: Access, call: Call): Read<T> | null;
}

type Source = NonNullable<Provenance['source']>;

export function createServing<T>(kind: AnswerKind<T>, parts: ServingParts): Serving<T> {
  const { windows, now, report } = parts;
  /** Every read of an entry gives the same object, so that derived objects can be kept with it. */
  const reads = new WeakMap<Entry<T>, Read<T>>();

  // One event object for all reads of a source: an operation may have hundreds of reads.
  const told = {
    LIVE: { type: 'read', kind: kind.name, source: 'LIVE' },
    CACHE: { type: 'read', kind: kind.name, source: 'CACHE' },
    STALE: { type: 'read', kind: kind.name, source: 'STALE' },
  } as const satisfies Record<Source, Event>;

  function tell(entry: Entry<T>, source: Source, call: Call): void {
    report(told[source]);
    limitValidity(call.validity, Math.floor(freshForMs(entry, now(), windows) / 1000));
  }

  function readOf(entry: Entry<T>): Read<T> | null {
    const { value } = entry;
    if (value === null) return null;
    const known = reads.get(entry);
    if (known !== undefined) return known;
    const read = { value, meta: Object.freeze(provenanceOf(entry, 'CACHE', parts)) };
    reads.set(entry, read);
    return read;
  }

  return {
    serve(entry, source, call) {
      if (source === 'STALE') call.usage.stale += 1;
      tell(entry, source, call);
      const { value } = entry;
      return value === null ? null : { value, meta: provenanceOf(entry, source, parts) };
    },
    serveFresh(entry, key, { cache }, call) {
      call.usage.cached += 1;
      if (call.parts !== null || parts.onHit) {
        const { name, version } = cache.mark(kind, key, entry);
        const hit = { name, version, freshUntil: freshForMs(entry, 0, windows) };
        call.parts?.push(hit);
        parts.onHit?.(call, hit);
      }
      tell(entry, 'CACHE', call);
      return readOf(entry);
    },
  };
}

function provenanceOf(
  { requestId, fetchedAt: fetchedMoment }: Entry<unknown>,
  source: Source,
  { region, dateOf }: ServingParts,
): Provenance {
  const fetchedAt = new Date(dateOf(fetchedMoment)).toISOString();
  return { requestId, fetchedAt, fetchedMoment, source, region };
}
