// Reads in the form that the layers above use: a value and its provenance in one object.
import type { Page } from '../domain/list.js';
import type { Provenance, Sourced } from '../domain/provenance.js';
import type { Read } from './reading/cached-reader.js';

/**
 * One frozen object for each read that may come again: its users may keep derived objects with it, for neither it nor
 * its parts change. Remembering a read that comes once costs more than making the object again.
 */
export function createSourcing<T extends object>() {
  const made = new WeakMap<Read<T>, Sourced<T>>();
  return (read: Read<T>): Sourced<T> =>
    comesAgain(read)
      ? once(made, read, ({ value, meta }) => frozenWithMeta(value, meta))
      : withMeta(read.value, read.meta);
}

/** Whether the read comes from the cache; the function that makes such reads freezes their `meta`. */
function comesAgain({ meta }: Read<unknown>): boolean {
  return Object.isFrozen(meta);
}

export function unlessError<R extends object, S>(make: (read: R) => S) {
  return (read: R | null | Error): S | null | Error =>
    read === null || read instanceof Error ? read : make(read);
}

/** The list of a thing that does not exist is empty. */
export function createPageSourcing<T extends object>() {
  const made = new WeakMap<Read<Page<T>>, Page<Sourced<T>>>();
  return (read: Read<Page<T>> | null | Error): Page<Sourced<T>> => {
    if (read instanceof Error) throw read;
    if (!read) return { items: [], total: 0 };
    const { items, total } = read.value;
    const source = comesAgain(read) ? frozenWithMeta : withMeta;
    const make = () => ({
      items: items.map((item) => (item === null ? null : source(item, read.meta))),
      total,
    });
    return comesAgain(read) ? once(made, read, make) : make();
  };
}

function withMeta<T extends object>(value: T, meta: Provenance): Sourced<T> {
  return { ...value, meta };
}

function frozenWithMeta<T extends object>(value: T, meta: Provenance): Sourced<T> {
  return Object.freeze(withMeta(value, meta));
}

function once<K extends object, V>(made: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = made.get(key);
  if (known !== undefined) return known;
  const value = make(key);
  made.set(key, value);
  return value;
}
