// For whom a cached answer was given. There is no cache without a scope, and this makes the only ones.
import { createHash } from 'node:crypto';

declare const made: unique symbol;

export interface Scope {
  readonly id: string;
  readonly [made]: true;
}

export interface ScopeParts {
  /** Keeps deployments apart that share Redis but not their rights; null: one that was not named. */
  readonly namespace: string | null;
  readonly region: string | null;
  readonly endpoint: string;
  /** Whose access it is: a known role, or a keyed hash of the keys. */
  readonly identity: string;
  /** What the caller may see of that. */
  readonly view: string;
}

/** Differs where any part differs; equal on every replica with equal parts. */
export function createScope({ namespace, region, endpoint, identity, view }: ScopeParts): Scope {
  const parts = [region, endpoint, identity, view];
  // Behind the others, so that what was stored before there were namespaces is still found.
  const text = JSON.stringify(namespace === null ? parts : [...parts, namespace]);
  return { id: createHash('sha256').update(text).digest('base64url') } as Scope;
}
