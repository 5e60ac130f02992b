// The scope of each caller: callers of one scope get the same answers from the cache. Only this file makes scopes.
import type { Scope } from '../cache/entry.js';
import type { Requester } from '../domain/call.js';
import { type Caller, isNarrowed, type View } from '../domain/caller.js';
import type { CredentialSource, Credentials } from '../domain/credentials.js';
import { sha256 } from '../lib/sha256.js';
import { credentialIdentity } from '../pai/identity.js';

/** The deployment and its PAI. */
export interface Place {
  /** Separates deployments that share Redis but not their rights; null: the deployment has no name. */
  readonly namespace: string | null;
  readonly region: string | null;
  readonly endpoint: string;
}

export interface ScopeParts extends Place {
  /** The owner of the access: a known role, or a keyed hash of the keys. */
  readonly identity: string;
  /** The part of that access that the caller may see. */
  readonly view: View;
}

/** The caller of a read, and its operation. */
export type ScopeRequest = Pick<Requester, 'caller' | 'requestId' | 'span'>;

export interface Scopes {
  /** Rejects where a caller has no access. */
  of(request: ScopeRequest): Promise<Scope>;
  /** null: the caller's access has to be obtained first. */
  known(caller: Caller): Scope | null;
}

/** `service`: the keys of the service. */
export function createScopes(place: Place, service: CredentialSource): Scopes {
  /** The latest of each view, since a scope costs two hashes. */
  const latest = new WeakMap<View, { readonly keys: Credentials; readonly scope: Scope }>();
  const sourceOf = ({ own }: Caller) => own?.credentials ?? service;

  function scopeOf({ own, view }: Caller, keys: Credentials): Scope {
    const known = latest.get(view);
    if (known?.keys === keys) return known.scope;
    // A caller's keys are not part of it: they change every hour, and the view identifies the caller.
    const identity = own === null ? credentialIdentity(keys) : 'own';
    const scope = createScope({ ...place, identity, view });
    latest.set(view, { keys, scope });
    return scope;
  }

  return {
    // The keys come first, so that a refusal of STS does not count as a failed attempt at PAI.
    of: async (request) => scopeOf(request.caller, await sourceOf(request.caller).get(request)),
    known(caller) {
      const keys = sourceOf(caller).current();
      return keys && scopeOf(caller, keys);
    },
  };
}

/** Differs where any part differs; equal on every replica with equal parts. */
export function createScope({ namespace, region, endpoint, identity, view }: ScopeParts): Scope {
  const parts = [region, endpoint, identity, textOf(view)];
  // Last, so that entries that were stored before namespaces existed are still found.
  const text = JSON.stringify(namespace === null ? parts : [...parts, namespace]);
  return { id: sha256(text, 'base64url') } as Scope;
}

function textOf(view: View): string {
  if (view.kind === 'all') return 'all';
  const parts = isNarrowed(view) ? view.ids : [view.role, view.issuer, view.subject];
  return `${view.kind} ${JSON.stringify(parts)}`;
}
