// Proves a list by reading a few of its models by id as well; those count as read one by one.
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

/** One could agree by chance. */
export const PROOFS = 2;

/** Gives what reading by id told; whether the list is to be believed, `trust` knows then. */
export async function proveList(
  listed: readonly Model[],
  { trust, report, readById }: ListProofParts,
  access: Access,
  call: Call,
): Promise<ReadonlyMap<string, Outcome<Model>>> {
  if (trust.of(access.scopeId) === 'trusted') return new Map();
  const ids = listed.slice(0, PROOFS).map(({ id }) => id);
  // From PAI itself: the cache has what the list said.
  const { signal } = call;
  const live = { ...call, signal, wish: { ...call.wish, noCache: true } };
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

/** It says nothing of the model; a refusal does: the list shows what may not be read. */
function isFailure(answer: Outcome<Model>): boolean {
  return answer instanceof Error && codeOf(answer) !== 'FORBIDDEN';
}
