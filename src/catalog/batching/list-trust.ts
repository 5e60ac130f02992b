// Whether the models of lists have proved equal to those of GetModel, for each scope: only then do they answer reads by
// id. A few models are read both ways; proofs expire, since PAI changes without notice.
import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Cache } from '../../cache/cache.js';
import type { Scope } from '../../cache/entry.js';
import type { Outcome } from '../../cache/read-through.js';
import { codeOf } from '../../domain/errors.js';
import type { Model } from '../../domain/model.js';
import type { PartStatus } from '../../domain/part-status.js';
import type { ArrivedPage } from '../readers.js';
import { MODEL } from '../stored-forms.js';

type Trust = 'unproven' | 'trusted' | 'mismatched';

/** The number of models that are read both ways: a single one could agree by chance. */
export const PROOFS = 2;
const VERDICT_FOR_MS = 3_600_000;
const MAX_SCOPES = 1000;

export class ListTrust {
  readonly #now: () => number;
  readonly #verdicts = new LRUCache<string, { readonly trust: Trust; readonly until: number }>({
    max: MAX_SCOPES,
  });

  constructor(now: () => number) {
    this.#now = now;
  }

  of({ id }: Scope): Trust {
    const verdict = this.#verdicts.get(id);
    return verdict !== undefined && this.#now() < verdict.until ? verdict.trust : 'unproven';
  }

  /** Of all scopes together. */
  status(): PartStatus {
    const verdicts = [...this.#verdicts.values()].filter(({ until }) => this.#now() < until);
    if (verdicts.some(({ trust }) => trust === 'mismatched')) return 'failing';
    return verdicts.length === 0 ? 'unknown' : 'ok';
  }

  /** Compares models of a list with the outcomes of their reads by id. Returns how many differ. */
  judge({ id }: Scope, pairs: readonly (readonly [listed: Model, byId: Outcome<Model>])[]): number {
    const answered = pairs.filter(([, byId]) => !isFailure(byId));
    if (answered.length === 0) return 0;
    const mismatches = answered.filter(([listed, byId]) => !isSame(listed, byId)).length;
    const trust = mismatches > 0 ? 'mismatched' : 'trusted';
    this.#verdicts.set(id, { trust, until: this.#now() + VERDICT_FOR_MS });
    return mismatches;
  }
}

function isSame({ raw }: Model, byId: Outcome<Model>): boolean {
  return byId !== null && !(byId instanceof Error) && isDeepStrictEqual(raw, byId.value.raw);
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
  const models = items.filter((item) => item !== null);
  const entries = models.map((value) => [value.id, { value, requestId, fetchedAt }] as const);
  cache.setMany(scope, MODEL, new Map(entries));
}
