// What a cache holds of one answer, and what kinds of answers there are to a cache.
import type { Mark } from '../domain/call.js';

/** JSON, as far as a cache needs to know. */
export type Stored = unknown;

export interface Entry<T> {
  /** null: there is no such thing. */
  readonly value: T | null;
  readonly requestId: string | null;
  /** By the monotonic clock of this process. */
  readonly fetchedAt: number;
  /** Nothing to serve: it only tells that whatever is older may not be served either. */
  readonly isBarred?: true;
}

/** How values of one kind are stored. */
export interface Kind<T> {
  /** Part of every key, with the version: a change of the stored form leaves old entries unread. */
  readonly name: string;
  readonly version: number;
  write(value: T): Stored;
  /** undefined: not a stored value of this kind. */
  read(stored: Stored): T | undefined;
}

/** One place that keeps entries. It may forget any of them at any time. */
export interface Tier {
  /** At once, which only a tier in this process can. */
  peek?<T>(kind: Kind<T>, key: string): Entry<T> | undefined;
  /** Of this very entry; NO_MARK where it would not give it. */
  mark?<T>(kind: Kind<T>, key: string, entry: Entry<T>): Mark;
  getMany<T>(kind: Kind<T>, keys: readonly string[]): Promise<(Entry<T> | undefined)[]>;
  /** In this process an entry never replaces a later one; Redis takes what comes last. */
  setMany<T>(kind: Kind<T>, entries: ReadonlyMap<string, Entry<T>>): Promise<void>;
  deleteMany<T>(kind: Kind<T>, keys: readonly string[]): Promise<void>;
}
