// Whole answers, kept only as long as every part of the cache that they were made from is there and fresh.
// An entry holds on to those very parts: a refresh, a bar, an eviction or an expiry ends it at once.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Part, Usage } from '../../domain/call.js';
import { WIRE_ENCODING } from '../prepared/wire-text.js';

export interface Memorised {
  /** As it goes over the wire. */
  readonly body: string;
  /** Weak: of the data alone. */
  readonly etag: string;
  readonly usage: Usage;
  /** Of the operation, for the log. */
  readonly name: string | null;
  readonly kind: string | null;
}

export interface Remembered {
  readonly answer: Memorised;
  readonly maxAgeSeconds: number;
}

export interface AnswerMemo {
  get(key: string): Remembered | null;
  set(key: string, answer: Memorised, parts: readonly Part[]): void;
}

interface Entry {
  readonly answer: Memorised;
  readonly parts: readonly Part[];
  readonly freshUntil: number;
}

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
const ENTRY_OVERHEAD_BYTES = 1000;
const BYTES_PER_PART = 250;

export function createAnswerMemo(now: () => number): AnswerMemo {
  const entries = new LRUCache<string, Entry>({ maxSize: MAX_BYTES });
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      const { answer, parts, freshUntil } = entry;
      const freshForMs = freshUntil - now();
      if (freshForMs > 0 && parts.every((part) => part.isHeld())) {
        return { answer, maxAgeSeconds: Math.floor(freshForMs / 1000) };
      }
      entries.delete(key);
      return null;
    },
    set(key, answer, parts) {
      if (parts.length === 0 || answer.body.length > MAX_ANSWER_BYTES) return;
      const freshUntil = Math.min(...parts.map((part) => part.freshUntil));
      const held = parts.length * BYTES_PER_PART + key.length * 2 + answer.body.length;
      entries.set(key, { answer, parts, freshUntil }, { size: held + ENTRY_OVERHEAD_BYTES });
    },
  };
}

/** Of what goes over the wire. */
export function weakTag(data: string): string {
  return `W/"${createHash('sha256').update(data, WIRE_ENCODING).digest('base64url')}"`;
}
