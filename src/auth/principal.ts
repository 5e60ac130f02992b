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

/** Those that a claim of a token lists. What is not understood opens nothing. */
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
