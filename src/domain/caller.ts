// Who asks, as far as sparing, sharing and limiting upstream calls goes.
import type { CredentialSource } from './credentials.js';

export interface Caller {
  /** Whose operations are counted together; null: nobody knows who asks. */
  readonly name: string | null;
  /** Callers take turns for quota; one lane never holds up another beyond its share. */
  readonly lane: string;
  /** What of the registry the caller may see: callers of equal views share answers, no others do. */
  readonly view: string;
  /** Only models of these workspaces exist for the caller; null: whatever the credentials see. */
  readonly workspaces: readonly string[] | null;
  /** The caller's own; null: the service's. */
  readonly own: OwnAccess | null;
}

export interface OwnAccess {
  readonly credentials: CredentialSource;
  /** Whose quota the caller spends. */
  readonly account: string;
}
