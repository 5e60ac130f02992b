// Whole answers, kept only as long as every part of the cache that they were made from is there and fresh.
// An entry holds on to those very parts: a refresh, a bar, an eviction or an expiry ends it at once.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Part, Usage } from '../../domain/call.js';
import { inOnePiece, WIRE_ENCODING } from '../prepared/wire-text.js';

export interface Memorable {
  /** JSON. As it goes over the wire, like the body. */
  readonly data: string;
  readonly body: string;
  readonly usage: Usage;
  /** Of the operation, for the log. */
  readonly name: string | null;
  readonly kind: string | null;
}

export interface Memorised extends Omit<Memorable, 'data'> {
  /** Weak: of the data alone. */
  readonly etag: string;
}

export interface Remembered {
  readonly answer: Memorised;
  readonly maxAgeSeconds: number;
}

export interface AnswerMemo {
  get(key: string): Remembered | null;
  set(key: string, answer: Memorable, parts: readonly Part[]): void;
}

interface Entry {
  readonly answer: Memorised;
  readonly parts: readonly Part[];
  readonly freshUntil: number;
}

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
const ENTRY_OVERHEAD_BYTES = 1000;
/** With its name in the cache: 270 were measured, of names of common length. */
const BYTES_PER_PART = 350;

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
    set(key, { data, body, usage, name, kind }, parts) {
      if (parts.length === 0 || body.length > MAX_ANSWER_BYTES) return;
      const etag = weakTag(data);
      const answer = { body: inOnePiece(body), etag, usage: { ...usage }, name, kind };
      const freshUntil = Math.min(...parts.map((part) => part.freshUntil));
      const held = parts.length * BYTES_PER_PART + key.length * 2 + body.length;
      entries.set(key, { answer, parts, freshUntil }, { size: held + ENTRY_OVERHEAD_BYTES });
    },
  };
}

/** Of what goes over the wire. */
export function weakTag(data: string): string {
  return `W/"${createHash('sha256').update(data, WIRE_ENCODING).digest('base64url')}"`;
}
