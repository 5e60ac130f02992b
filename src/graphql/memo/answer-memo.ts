// Whole answers, kept only as long as every part of the cache that they were made from is there and fresh. An
// entry notes names and versions of those parts and does not hold them: a refresh, a bar, an eviction or an expiry
// ends it at once.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CacheDependency, IsCurrent, Usage } from '../../domain/call.js';
import { memoryOfText } from '../../domain/memory-of.js';
import { inOnePiece, WIRE_ENCODING } from '../prepared/wire-text.js';

export interface Memorable {
  /** JSON as it goes over the wire, like the body. */
  readonly data: string;
  readonly body: string;
  readonly usage: Usage;
  /** Name of the operation, for the log. */
  readonly name: string | null;
  readonly kind: string | null;
}

export interface Memorised extends Omit<Memorable, 'data'> {
  /** A weak tag, of the data alone. */
  readonly etag: string;
}

export interface Remembered {
  readonly answer: Memorised;
  readonly maxAgeSeconds: number;
}

export interface AnswerMemo {
  get(key: string): Remembered | null;
  set(key: string, answer: Memorable, parts: readonly CacheDependency[]): void;
}

export interface AnswerMemoOptions {
  readonly maxBytes: number;
  readonly isCurrent: IsCurrent;
  readonly now: () => number;
}

interface Entry {
  readonly answer: Memorised;
  readonly names: readonly string[];
  /** Versions of the parts that `names` lists. */
  readonly versions: readonly number[];
  readonly freshUntil: number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
const ENTRY_OVERHEAD_BYTES = 1000;
/** Bytes of a part beside its name, which the cache holds as well while it holds the part. */
const BYTES_PER_PART = 16;

export function createAnswerMemo({ maxBytes, isCurrent, now }: AnswerMemoOptions): AnswerMemo {
  const entries = new LRUCache<string, Entry>({ maxSize: maxBytes });
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      const { answer, names, versions, freshUntil } = entry;
      const freshForMs = freshUntil - now();
      if (freshForMs > 0 && names.every((name, index) => isCurrent(name, versions[index] ?? 0))) {
        return { answer, maxAgeSeconds: Math.floor(freshForMs / 1000) };
      }
      entries.delete(key);
      return null;
    },
    set(key, { data, body, usage, name, kind }, parts) {
      if (parts.length === 0 || body.length > MAX_ANSWER_BYTES) return;
      const etag = weakTag(data);
      const answer = { body: inOnePiece(body), etag, usage: { ...usage }, name, kind };
      const names = parts.map((part) => part.name);
      const versions = parts.map((part) => part.version);
      const freshUntil = parts.reduce((first, part) => Math.min(first, part.freshUntil), Infinity);
      const noted = names.reduce((sum, name) => sum + memoryOfText(name) + BYTES_PER_PART, 0);
      const size = ENTRY_OVERHEAD_BYTES + memoryOfText(key) + body.length + noted;
      entries.set(key, { answer, names, versions, freshUntil }, { size });
    },
  };
}

/** The tag of JSON as it goes over the wire. */
export function weakTag(data: string): string {
  return `W/"${createHash('sha256').update(data, WIRE_ENCODING).digest('base64url')}"`;
}
