// The scope names the callers that a cached answer is for. Each cache has a scope, and only this module makes scopes.
import { createHash } from 'node:crypto';
import type { View } from '../domain/caller.js';

declare const made: unique symbol;

export interface Scope {
  readonly id: string;
  readonly [made]: true;
}

export interface ScopeParts {
  /** Separates deployments that share Redis but not their rights; null: the deployment has no name. */
  readonly namespace: string | null;
  readonly region: string | null;
  readonly endpoint: string;
  /** The owner of the access: a known role, or a keyed hash of the keys. */
  readonly identity: string;
  /** The part of that access that the caller may see. */
  readonly view: View;
}

/** Differs where any part differs; equal on every replica with equal parts. */
export function createScope({ namespace, region, endpoint, identity, view }: ScopeParts): Scope {
  const parts = [region, endpoint, identity, textOf(view)];
  // Last, so that entries that were stored before namespaces existed are still found.
  const text = JSON.stringify(namespace === null ? parts : [...parts, namespace]);
  return { id: createHash('sha256').update(text).digest('base64url') } as Scope;
}

function textOf(view: View): string {
  if (view.kind === 'all') return 'all';
  const parts = view.kind === 'workspaces' ? view.ids : [view.role, view.issuer, view.subject];
  return `${view.kind} ${JSON.stringify(parts)}`;
}
