// The models a caller may see, each with where it came from.
import type { Call } from '../domain/call.js';
import type { Provenance, SourcedModel } from '../domain/provenance.js';
import type { Fetched, PaiClient } from '../pai/client.js';

export interface Catalog {
  /** In order, one slot an id: the model, null where there is none, or the error of that id alone. */
  getModels(ids: readonly string[], call: Call): Promise<(SourcedModel | null | Error)[]>;
}

export interface CatalogOptions {
  readonly client: PaiClient;
  readonly region: string | null;
}

export function createCatalog({ client, region }: CatalogOptions): Catalog {
  const live = (fetched: Fetched<unknown>): Provenance => ({
    requestId: fetched.requestId,
    fetchedAt: new Date(fetched.fetchedAt).toISOString(),
    ageSeconds: 0,
    source: 'LIVE',
    region,
  });

  async function getModel(id: string, call: Call): Promise<SourcedModel | null> {
    const fetched = await client.getModel(id, call);
    return fetched && { ...fetched.value, meta: live(fetched) };
  }

  return {
    /** PAI has no batch read: a bounded fan-out of one call an id. */
    async getModels(ids, call) {
      const outcomes = await Promise.allSettled(ids.map((id) => getModel(id, call)));
      return outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value : asError(outcome.reason),
      );
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('A read failed.', { cause: reason });
}
