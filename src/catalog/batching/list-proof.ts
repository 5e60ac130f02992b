// Whether the models of lists have proved equal to those of GetModel, for each scope: only then do they answer reads by
// id. A few models are read both ways; proofs expire, since PAI changes without notice.
import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Cache } from '../../cache/cache.js';
import type { Scope } from '../../cache/entry.js';
import type { Outcome } from '../../cache/read-through.js';
import type { Call } from '../../domain/call.js';
import { codeOf } from '../../domain/errors.js';
import type { Report } from '../../domain/events.js';
import type { Model } from '../../domain/model.js';
import { asReadById } from '../../pai/decode/model.js';
import { MODEL } from '../entry-types.js';
import type { ArrivedPage } from '../readers.js';

export type Trust = 'unproven' | 'trusted' | 'mismatched';

export interface ListTrust {
  of(scope: Scope): Trust;
  /** The same models as a list gave them and as GetModel gave them (null: not at all). Returns how many differ. */
  judge(scope: Scope, pairs: readonly Pair[]): number;
}

export type Pair = readonly [listed: Model, byId: Model | null];

/** The number of models that are read both ways: a single one could agree by chance. */
export const PROOFS = 2;
const VERDICT_FOR_MS = 3_600_000;
const MAX_SCOPES = 1000;

export function createListTrust(now: () => number): ListTrust {
  const verdicts = new LRUCache<string, { readonly trust: Trust; readonly until: number }>({
    max: MAX_SCOPES,
  });
  return {
    of({ id }) {
      const verdict = verdicts.get(id);
      return verdict !== undefined && now() < verdict.until ? verdict.trust : 'unproven';
    },
    judge({ id }, pairs) {
      if (pairs.length === 0) return 0;
      const mismatches = pairs.filter(
        ([listed, byId]) => !isDeepStrictEqual(listed.raw, byId?.raw),
      );
      const trust = mismatches.length > 0 ? 'mismatched' : 'trusted';
      verdicts.set(id, { trust, until: now() + VERDICT_FOR_MS });
      return mismatches.length;
    },
  };
}

export interface ListProofOptions {
  readonly trust: ListTrust;
  readonly report: Report;
  readonly readById: (
    ids: readonly string[],
    scope: Scope,
    call: Call,
  ) => Promise<Outcome<Model>[]>;
}

/** Gives the outcomes of the reads by id; afterwards `trust` knows whether the list is trusted. */
export async function proveList(
  listed: readonly Model[],
  { trust, report, readById }: ListProofOptions,
  scope: Scope,
  call: Call,
): Promise<ReadonlyMap<string, Outcome<Model>>> {
  if (trust.of(scope) === 'trusted') return new Map();
  const ids = listed.slice(0, PROOFS).map(({ id }) => id);
  // Read from PAI itself: the cache may hold the models as the list gave them.
  const live = { ...call, cacheControl: { ...call.cacheControl, noCache: true } };
  const outcomes = await readById(ids, scope, live);
  const byId = new Map(ids.map((id, index) => [id, outcomes[index] ?? null]));
  const pairs = listed.flatMap((model): Pair[] => {
    const outcome = byId.get(model.id);
    if (outcome === undefined || isFailure(outcome)) return [];
    return [[model, outcome instanceof Error ? null : (outcome?.value ?? null)]];
  });
  const mismatches = trust.judge(scope, pairs);
  if (mismatches > 0) report({ type: 'list_mismatch', models: mismatches });
  return byId;
}

/** A failure says nothing about the model. A refusal does: the list shows a model that may not be read. */
function isFailure(outcome: Outcome<Model>): boolean {
  return outcome instanceof Error && codeOf(outcome) !== 'FORBIDDEN';
}

/** Stores the models of a trusted list as answers to reads by id. */
export function storeModels(
  { items, requestId, fetchedAt }: ArrivedPage,
  scope: Scope,
  cache: Cache,
): void {
  const models = items.filter((item) => item !== null).map(asReadById);
  const entries = models.map((value) => [value.id, { value, requestId, fetchedAt }] as const);
  cache.setMany(scope, MODEL, new Map(entries));
}
