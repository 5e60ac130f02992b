// The caller, as far as saving, sharing and limiting upstream calls depends on it.
import type { CredentialSource } from './credentials.js';
import type { Origin } from './span.js';

export interface Caller {
  /** The name under which the caller's operations are counted together; null: the caller is unknown. */
  readonly name: string | null;
  /** Lanes of callers take turns for quota; one lane never delays another beyond its share. */
  readonly lane: string;
  readonly view: View;
  /** The access of a caller whose view is its own; null: the caller uses the service's. */
  readonly own: OwnAccess | null;
}

/** The operation for which something happens, as events name it: the first one where several share a call. */
export interface Asked extends Origin {
  /** The name of its caller; null: it has none. */
  readonly caller: string | null;
}

export function askedBy({ requestId, span, caller }: Origin & { readonly caller: Caller }): Asked {
  return { requestId, span, caller: caller.name };
}

/** The part of the registry that a caller may see: only callers of equal views share answers. */
export type View =
  /** All that the service's keys may read. */
  | { readonly kind: 'all' }
  /** Only the models of these workspaces: each id once, in order. */
  | { readonly kind: 'workspaces'; readonly ids: readonly string[] }
  /** All that this caller's role may read. */
  | {
      readonly kind: 'caller';
      readonly role: string;
      readonly issuer: string;
      readonly subject: string;
    };

/** Whether the view has only some workspaces. */
export function isNarrowed(view: View): view is View & { readonly kind: 'workspaces' } {
  return view.kind === 'workspaces';
}

interface OwnAccess {
  readonly credentials: CredentialSource;
  /** The account whose quota the caller spends. */
  readonly account: string;
}
