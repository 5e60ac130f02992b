// The models on pages of lists as answers to reads by id: kept in the cache only after lists have proved equal to
// GetModel in the scope.
import type { Page } from '../../domain/list.js';
import type { Model } from '../../domain/model.js';
import type { Provenance } from '../../domain/provenance.js';
import type { Fetched } from '../../pai/client.js';
import { asReadById } from '../../pai/decode/model.js';
import type { Access } from '../reading/fetcher.js';
import { MODEL } from '../reading/kinds.js';
import type { ListTrust } from './list-trust.js';

export interface KeptModels {
  /** Whether items of lists answer reads by id. */
  isProven(access: Access): boolean;
  /** Called for each page when it arrives. */
  onPage(page: Fetched<Page<Model>>, access: Access): void;
  /** Called for a page that arrived before its list was proved. */
  onProven(items: Page<Model>['items'], meta: Provenance, access: Access): void;
}

export function createKeptModels(trust: ListTrust, isCaching: boolean): KeptModels {
  const isProven = ({ scopeId }: Access) => trust.of(scopeId) === 'trusted';

  function keep(items: Page<Model>['items'], origin: Origin, { cache }: Access): void {
    const models = items.filter((item) => item !== null).map(asReadById);
    cache.setMany(MODEL, new Map(models.map((model) => [model.id, { value: model, ...origin }])));
  }

  return {
    isProven,
    onPage({ value: { items }, requestId, fetchedAt }, access) {
      if (isProven(access)) keep(items, { requestId, fetchedAt }, access);
    },
    onProven(items, { requestId, fetchedMoment }, access) {
      if (!isCaching || fetchedMoment === null) return;
      keep(items, { requestId, fetchedAt: fetchedMoment }, access);
    },
  };
}

type Origin = Pick<Fetched<unknown>, 'requestId' | 'fetchedAt'>;
