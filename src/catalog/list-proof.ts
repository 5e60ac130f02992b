// Proves a list by reading a few of its models by id as well; those count as read one by one.
import type { Call } from '../domain/call.js';
import type { Report } from '../domain/events.js';
import type { Model } from '../domain/model.js';
import type { Read } from './cached-reader.js';
import type { Access } from './fetcher.js';
import type { ListTrust } from './list-trust.js';

export interface ListProofParts {
  readonly trust: ListTrust;
  readonly report: Report;
  readonly readById: (
    ids: readonly string[],
    access: Access,
    call: Call,
  ) => Promise<(Read<Model> | null | Error)[]>;
}

/** One could agree by chance. */
export const PROOFS = 2;

/** Gives what was read by id; whether the list is to be believed, `trust` knows then. */
export async function proveList(
  listed: readonly Model[],
  { trust, report, readById }: ListProofParts,
  access: Access,
  call: Call,
): Promise<Read<Model>[]> {
  if (trust.of(access.scopeId) === 'trusted') return [];
  const chosen = listed.slice(0, PROOFS);
  // From PAI itself: the cache has what the list said.
  const live = { ...call, wish: { ...call.wish, noCache: true } };
  const answers = await readById(
    chosen.map(({ id }) => id),
    access,
    live,
  );
  const read = answers.filter(
    (answer): answer is Read<Model> => answer !== null && !(answer instanceof Error),
  );
  const pairs = read.flatMap(({ value }): [Model, Model][] => {
    const said = chosen.find(({ id }) => id === value.id);
    return said === undefined ? [] : [[said, value]];
  });
  const mismatches = trust.judge(access.scopeId, pairs);
  if (mismatches > 0) report({ type: 'list_mismatch', models: mismatches });
  return read;
}
