// For whom a cached answer was given. There is no cache without a scope, and this makes the only ones.
import { createHash } from 'node:crypto';

declare const made: unique symbol;

export interface Scope {
  readonly id: string;
  readonly [made]: true;
}

export interface ScopeParts {
  readonly region: string | null;
  readonly endpoint: string;
  /** Whose access it is, as a keyed hash. */
  readonly identity: string;
  /** What the caller may see of that. */
  readonly view: string;
}

/** Differs where any part differs; equal on every replica with equal parts. */
export function createScope({ region, endpoint, identity, view }: ScopeParts): Scope {
  const text = JSON.stringify([region, endpoint, identity, view]);
  return { id: createHash('sha256').update(text).digest('base64url') } as Scope;
}
