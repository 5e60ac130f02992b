// A type of value for tests of stores: small objects, stored as they are.
import type { Entry, EntryType } from '../../src/cache/entry.js';

export interface Thing {
  readonly name: string;
  readonly parts?: readonly string[];
}

export function aType(
  over: Partial<Pick<EntryType<Thing>, 'name' | 'version'>> = {},
): EntryType<Thing> {
  return {
    name: 'thing',
    version: 1,
    write: (thing) => thing,
    read: (stored) => (isThing(stored) ? stored : undefined),
    ...over,
  };
}

function isThing(stored: unknown): stored is Thing {
  return (
    typeof stored === 'object' &&
    stored !== null &&
    'name' in stored &&
    typeof stored.name === 'string'
  );
}

export function anEntry(name: string, over: Partial<Entry<Thing>> = {}): Entry<Thing> {
  return { value: { name }, requestId: `request of ${name}`, fetchedAt: 1000, ...over };
}

export const ABSENT: Entry<Thing> = { value: null, requestId: null, fetchedAt: 1000 };
