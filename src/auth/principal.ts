// The proved identity of a caller, and the part of the registry that it may see; it proves nothing itself.
import type { JsonObject } from '../lib/json.js';

export interface Principal {
  /** Unique over all methods: the subject of a token never equals the client of an API key. */
  readonly client: string;
  /** null: all. Sorted, each once, so that equal views have equal lists. */
  readonly workspaces: readonly string[] | null;
  /** null: the identity was not proved by a token. */
  readonly token: VerifiedToken | null;
}

export interface VerifiedToken {
  /** The token as the request brought it, to be passed on to STS; it is never logged. */
  readonly token: string;
  readonly issuer: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly claims: JsonObject;
}

/** The principal of every request where no authentication method is on. */
export const ANONYMOUS: Principal = { client: 'anonymous', workspaces: null, token: null };

/** A list of workspaces in the form of a principal. */
export function sortedOnce(workspaces: readonly string[]): readonly string[] {
  return [...new Set(workspaces)].sort();
}

/** The workspaces that a claim of a token lists. A value that is not understood gives no access. */
export function workspacesOf(claims: JsonObject, claim: string): readonly string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const given = typeof value === 'string' ? value.split(/[\s,]+/) : value;
  if (!Array.isArray(given)) return [];
  const names = given.flatMap((item: unknown) => {
    if (typeof item === 'string') return [item.trim()];
    return Number.isSafeInteger(item) ? [String(item)] : [];
  });
  return sortedOnce(names.filter((name) => name !== ''));
}
