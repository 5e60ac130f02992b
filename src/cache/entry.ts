// The entry that a cache holds for one answer, and the kinds of answers.
import type { Mark } from '../domain/call.js';

/** JSON; a cache needs to know no more. */
export type Stored = unknown;

export interface Entry<T> {
  /** null: PAI does not have the thing. */
  readonly value: T | null;
  readonly requestId: string | null;
  /** By the monotonic clock of this process. */
  readonly fetchedAt: number;
  /** The entry is not served: it only says that older entries may not be served either. */
  readonly isTombstone?: true;
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
  /** Answers at once, which only a tier in this process can do. */
  peek?<T>(kind: Kind<T>, key: string): Entry<T> | undefined;
  /** The mark of this very entry; NO_MARK where the tier would not give it. */
  mark?<T>(kind: Kind<T>, key: string, entry: Entry<T>): Mark;
  getMany<T>(kind: Kind<T>, keys: readonly string[]): Promise<(Entry<T> | undefined)[]>;
  /** In this process an entry never replaces a later one; Redis keeps the entry that is written last. */
  setMany<T>(kind: Kind<T>, entries: ReadonlyMap<string, Entry<T>>): Promise<void>;
  deleteMany<T>(kind: Kind<T>, keys: readonly string[]): Promise<void>;
}
