// Proves a list by also reading a few of its models by id; those count as read one by one.
import type { Call } from '../../domain/call.js';
import { codeOf } from '../../domain/errors.js';
import type { Report } from '../../domain/events.js';
import type { Model } from '../../domain/model.js';
import type { Outcome } from '../reading/cached-reader.js';
import type { Access } from '../reading/fetcher.js';
import type { ListTrust, Pair } from './list-trust.js';

export interface ListProofParts {
  readonly trust: ListTrust;
  readonly report: Report;
  readonly readById: (
    ids: readonly string[],
    access: Access,
    call: Call,
  ) => Promise<Outcome<Model>[]>;
}

/** A single model could agree by chance. */
export const PROOFS = 2;

/** Gives the outcomes of the reads by id; afterwards `trust` knows whether the list is believed. */
export async function proveList(
  listed: readonly Model[],
  { trust, report, readById }: ListProofParts,
  access: Access,
  call: Call,
): Promise<ReadonlyMap<string, Outcome<Model>>> {
  if (trust.of(access.scopeId) === 'trusted') return new Map();
  const ids = listed.slice(0, PROOFS).map(({ id }) => id);
  // Read from PAI itself: the cache may hold the models as the list gave them.
  const { signal } = call;
  const live = { ...call, signal, cacheControl: { ...call.cacheControl, noCache: true } };
  const answers = await readById(ids, access, live);
  const byId = new Map(ids.map((id, index) => [id, answers[index] ?? null]));
  const pairs = listed.flatMap((model): Pair[] => {
    const answer = byId.get(model.id);
    if (answer === undefined || isFailure(answer)) return [];
    return [[model, answer instanceof Error ? null : (answer?.value ?? null)]];
  });
  const mismatches = trust.judge(access.scopeId, pairs);
  if (mismatches > 0) report({ type: 'list_mismatch', models: mismatches });
  return byId;
}

/** A failure says nothing about the model. A refusal does: the list shows a model that may not be read. */
function isFailure(answer: Outcome<Model>): boolean {
  return answer instanceof Error && codeOf(answer) !== 'FORBIDDEN';
}
