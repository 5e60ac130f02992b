// The source that would answer each call of a price now: one look into the cache for each kind.
import type { Estimates } from '../../catalog/estimates.js';
import type { CacheStatus } from '../../catalog/reading/lookup.js';
import type { Call } from '../../domain/call.js';
import type { PricedCall, Target } from './priced-call.js';

/** Calls that depend on answers have no status. */
export type CacheStatuses = ReadonlyMap<PricedCall, CacheStatus<unknown>>;

type TargetOf<Kind> = Extract<Target, { kind: Kind }>;

export async function estimateCalls(
  priced: readonly PricedCall[],
  estimates: Estimates,
  call: Call,
): Promise<CacheStatuses> {
  const groups = [
    look(targetsOf(priced, 'model'), (models) =>
      estimates.models(
        models.map(({ id }) => id),
        call,
      ),
    ),
    look(targetsOf(priced, 'version'), (versions) => estimates.versions(versions, call)),
    look(targetsOf(priced, 'page').filter(isOfModels), (pages) =>
      estimates.modelPages(pages, call),
    ),
    look(
      targetsOf(priced, 'page').filter((one) => !isOfModels(one)),
      (pages) => estimates.versionPages(pages.map(ofVersions), call),
    ),
  ];
  return new Map((await Promise.all(groups)).flat());
}

interface Targeted<Kind> {
  readonly priced: PricedCall;
  readonly target: TargetOf<Kind>;
}

function targetsOf<Kind extends Target['kind']>(
  calls: readonly PricedCall[],
  kind: Kind,
): Targeted<Kind>[] {
  const isKind = (target: Target): target is TargetOf<Kind> => target.kind === kind;
  return calls.flatMap((priced) =>
    isKind(priced.target) ? [{ priced, target: priced.target }] : [],
  );
}

async function look<Kind>(
  found: readonly Targeted<Kind>[],
  ask: (targets: TargetOf<Kind>[]) => Promise<CacheStatus<unknown>[]>,
): Promise<[PricedCall, CacheStatus<unknown>][]> {
  if (found.length === 0) return [];
  const answers = await ask(found.map(({ target }) => target));
  return found.flatMap(({ priced }, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [[priced, answer]];
  });
}

function isOfModels({ target }: Targeted<'page'>): boolean {
  return target.modelId === null;
}

function ofVersions(page: TargetOf<'page'>) {
  return { ...page, modelId: page.modelId ?? '' };
}
