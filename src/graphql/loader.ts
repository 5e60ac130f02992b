// Loads one kind of item within one operation: an item at hand at once, else through a DataLoader, each only once.
import DataLoader from 'dataloader';

export type Loaded<T> = T | null | Promise<T | null>;

export interface LoaderParts<K, T> {
  readonly nameOf: (key: K) => string;
  /** undefined: it is not at hand. */
  readonly peek: (key: K) => T | null | undefined;
  readonly read: (keys: readonly K[]) => Promise<(T | null | Error)[]>;
}

export interface Loader<K, T> {
  load(key: K): Loaded<T>;
  /** Sets the value unless the key is already known. */
  prime(key: K, value: T): void;
  /** Returns only a value that the operation has met before, and does not wait. */
  atHand(key: K): T | null | undefined;
}

export function createLoader<K, T>({ nameOf, peek, read }: LoaderParts<K, T>): Loader<K, T> {
  const known = new Map<string, Loaded<T>>();
  // The DataLoader only gathers keys: their results are remembered here.
  let gathering: DataLoader<K, T | null> | undefined;

  function load(key: K, name: string): Promise<T | null> {
    gathering ??= new DataLoader(read, { cache: false });
    const loading = gathering.load(key);
    loading.then(
      (value) => known.set(name, value),
      () => {},
    );
    return loading;
  }

  return {
    load(key) {
      const name = nameOf(key);
      const met = known.get(name);
      if (met !== undefined) return met;
      const atOnce = peek(key);
      const loaded = atOnce === undefined ? load(key, name) : atOnce;
      known.set(name, loaded);
      return loaded;
    },
    prime(key, value) {
      const name = nameOf(key);
      if (!known.has(name)) known.set(name, value);
    },
    atHand(key) {
      const met = known.get(nameOf(key));
      return met instanceof Promise ? undefined : met;
    },
  };
}
