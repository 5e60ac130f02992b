// How calls that are known before they are made would be answered now: from the cache, stale, or by PAI.
import type { Scope } from '../cache/entry.js';
import type { CacheStatus } from '../cache/read-through.js';
import type { Call } from '../domain/call.js';
import type { UpstreamOperation } from '../domain/events.js';
import type { KnownCall } from './operations.js';
import type { Readers } from './readers.js';
import { ownWorkspaces } from './visibility.js';

/** In the order of the calls, which are all of this operation. */
export function estimateCalls(
  { models, versions, modelPages, versionPages, workspaces, workspacePages, datasets }: Readers,
  operation: UpstreamOperation,
  calls: readonly KnownCall[],
  scope: Scope,
  call: Call,
): Promise<CacheStatus<unknown>[]> {
  switch (operation) {
    case 'GetModel':
      return models.estimate(firstParts(calls), scope, call);
    case 'GetModelVersion': {
      const keys = calls.map(({ key: [modelId = '', versionName = ''] }) => ({
        modelId,
        versionName,
      }));
      return versions.estimate(keys, scope, call);
    }
    case 'ListModels': {
      const pages = calls.flatMap(({ page }) => page ?? []);
      return modelPages.estimate(pages, scope, call);
    }
    case 'ListModelVersions': {
      const pages = calls.flatMap(({ key: [modelId = ''], page }) =>
        page ? [{ modelId, ...page }] : [],
      );
      return versionPages.estimate(pages, scope, call);
    }
    case 'GetDataset':
    case 'ListDatasets': {
      const keys = calls.map(({ key }) => ({ id: key.at(-1) ?? '', workspaceId: null }));
      return datasets.estimate(keys, scope, call);
    }
    case 'GetWorkspace':
      return workspaces.estimate(firstParts(calls), scope, call);
    case 'ListWorkspaces':
      return Promise.all(
        calls.map(async ({ key, page }) => {
          const ids = page ? (ownWorkspaces(page.page, call.caller.view)?.ids ?? null) : key;
          const [status] =
            page && ids === null
              ? await workspacePages.estimate([page], scope, call)
              : [statusOfAll(await workspaces.estimate(ids ?? [], scope, call))];
          return status ?? NO_CALL;
        }),
      );
  }
}

function firstParts(calls: readonly KnownCall[]): string[] {
  return calls.map(({ key: [id = ''] }) => id);
}

const NO_CALL: CacheStatus<unknown> = { from: 'CACHE', value: undefined, isUnderWay: false };

/** Of one call that reads several objects. */
function statusOfAll(statuses: readonly CacheStatus<unknown>[]): CacheStatus<unknown> {
  const [only, ...others] = statuses;
  if (only !== undefined && others.length === 0) return only;
  const worst = ['UPSTREAM', 'STALE'] as const;
  const from = worst.find((candidate) => statuses.some(({ from }) => from === candidate));
  return { ...NO_CALL, from: from ?? 'CACHE' };
}
