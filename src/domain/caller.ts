// The caller, as far as saving, sharing and limiting upstream calls depends on it.
import type { CredentialSource } from './credentials.js';

export interface Caller {
  /** The name under which the caller's operations are counted together; null: the caller is unknown. */
  readonly name: string | null;
  /** Lanes of callers take turns for quota; one lane never delays another beyond its share. */
  readonly lane: string;
  /** The part of the registry that the caller may see: only callers of equal views share answers. */
  readonly view: string;
  /** Only models of these workspaces exist for the caller; null: all that the credentials can see. */
  readonly workspaces: readonly string[] | null;
  /** The caller's own access; null: the caller uses the service's. */
  readonly own: OwnAccess | null;
}

export interface OwnAccess {
  readonly credentials: CredentialSource;
  /** The account whose quota the caller spends. */
  readonly account: string;
}
