// What was read as those above see it: a value with where it came from, in one object.
import type { Page } from '../domain/list.js';
import type { Provenance, Sourced } from '../domain/provenance.js';
import type { Read } from './cached-reader.js';

/**
 * One frozen object for each read: whoever meets it again may rely on all that was ever made of it, for
 * neither it nor what it is made of changes.
 */
export function createSourcing<T extends object>() {
  const made = new WeakMap<Read<T>, Sourced<T>>();
  return (read: Read<T>): Sourced<T> =>
    once(made, read, ({ value, meta }) => withMeta(value, meta));
}

export function unlessError<R extends object, S>(make: (read: R) => S) {
  return (read: R | null | Error): S | null | Error =>
    read === null || read instanceof Error ? read : make(read);
}

/** A list of what is not there is empty. */
export function createPageSourcing<T extends object>() {
  const made = new WeakMap<Read<Page<T>>, Page<Sourced<T>>>();
  return (read: Read<Page<T>> | null | Error): Page<Sourced<T>> => {
    if (read instanceof Error) throw read;
    if (!read) return { items: [], total: 0 };
    return once(made, read, ({ value: { items, total }, meta }) => ({
      items: items.map((item) => (item === null ? null : withMeta(item, meta))),
      total,
    }));
  };
}

function withMeta<T extends object>(value: T, meta: Provenance): Sourced<T> {
  return Object.freeze({ ...value, meta });
}

function once<K extends object, V>(made: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = made.get(key) ?? make(key);
  made.set(key, known);
  return known;
}
