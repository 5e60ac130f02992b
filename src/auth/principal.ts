// Who has proved to be asking, and what of the registry they may see; it proves nothing itself.
import type { JsonObject } from '../domain/model.js';

export interface Principal {
  /** Unique over all ways to prove it: no subject of a token can take the place of an API key's client. */
  readonly client: string;
  /** null: all. In order, each once, so that equal views are equal. */
  readonly workspaces: readonly string[] | null;
  /** null: it was not proved by one. */
  readonly token: VerifiedToken | null;
}

export interface VerifiedToken {
  /** As it was presented, to be passed on; never to be logged. */
  readonly token: string;
  readonly issuer: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly claims: JsonObject;
}

/** Who asks where nobody has to prove anything. */
export const ANONYMOUS: Principal = { client: 'anonymous', workspaces: null, token: null };

/** A list of workspaces in the form of a principal. */
export function sortedOnce(workspaces: readonly string[]): readonly string[] {
  return [...new Set(workspaces)].sort();
}
