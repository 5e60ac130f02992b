// Whether the models of lists have proved equal to those of GetModel, for each scope. Proofs expire: PAI changes
// without notice.
import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Model } from '../../domain/model.js';

export type Trust = 'unproven' | 'trusted' | 'mismatched';

export interface ListTrust {
  of(scopeId: string): Trust;
  /** The same models as a list gave them and as GetModel gave them (null: not at all). Returns how many differ. */
  judge(scopeId: string, pairs: readonly Pair[]): number;
}

export type Pair = readonly [listed: Model, byId: Model | null];

const VERDICT_FOR_MS = 3_600_000;
const MAX_SCOPES = 1000;

export function createListTrust(now: () => number): ListTrust {
  const verdicts = new LRUCache<string, { readonly trust: Trust; readonly until: number }>({
    max: MAX_SCOPES,
  });
  return {
    of(scopeId) {
      const verdict = verdicts.get(scopeId);
      return verdict !== undefined && now() < verdict.until ? verdict.trust : 'unproven';
    },
    judge(scopeId, pairs) {
      if (pairs.length === 0) return 0;
      const mismatches = pairs.filter(
        ([listed, byId]) => !isDeepStrictEqual(listed.raw, byId?.raw),
      );
      const trust = mismatches.length > 0 ? 'mismatched' : 'trusted';
      verdicts.set(scopeId, { trust, until: now() + VERDICT_FOR_MS });
      return mismatches.length;
    },
  };
}
