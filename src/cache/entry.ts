// The entry that a cache holds for one answer, the scope of its callers, and how values of a type are stored.

export interface Entry<T> {
  /** null: a negative entry, the source does not have the thing. */
  readonly value: T | null;
  /** The id that the source gave its answer. */
  readonly requestId: string | null;
  /** By the monotonic clock of this process. */
  readonly fetchedAt: number;
  /** The entry is not served: it only says that older entries may not be served either. */
  readonly isTombstone?: true;
}

declare const made: unique symbol;

/** The callers that an entry is for. Each access to a cache names one. */
export interface Scope {
  readonly id: string;
  readonly [made]: true;
}

/** How values of one type are stored. */
export interface EntryType<T> {
  /** Part of every name, with the version: a change of the stored form leaves old entries unread. */
  readonly name: string;
  readonly version: number;
  /** Gives JSON. */
  write(value: T): unknown;
  /** undefined: not a stored value of this type. */
  read(stored: unknown): T | undefined;
}

/** Names an entry without holding it: each entry that the memory store keeps under a name has its own version. */
export interface EntryVersion {
  readonly name: string;
  readonly version: number;
}

/** The version of an entry that the memory store does not hold: it is never current. */
export const NOT_STORED: EntryVersion = { name: '', version: 0 };

export function nameOf<T>({ name, version }: EntryType<T>, key: string): string {
  return `${name}/${version}:${key}`;
}
