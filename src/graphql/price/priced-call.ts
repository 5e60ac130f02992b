// One distinct upstream call that an operation may make, as far as it is known before anything runs.

import type { ListQuery } from '../../catalog/lists.js';
import type { UpstreamOperation } from '../../domain/events.js';
import type { PageNumber } from '../../domain/list.js';

export interface PricedCall {
  readonly operation: UpstreamOperation;
  /** Calls with equal keys are one call. */
  readonly key: string;
  /** Response keys down to the first field that needs the call. */
  readonly path: readonly string[];
  /** More than one only where the keys depend on answers. */
  readonly count: number;
  /** Calls that may come on top, by the window of rows that would need them: the answers decide. */
  readonly further: ReadonlyMap<string, number>;
  readonly target: Target;
}

export type Target =
  | { readonly kind: 'model'; readonly id: string }
  | { readonly kind: 'version'; readonly modelId: string; readonly versionName: string }
  | {
      readonly kind: 'page';
      readonly list: ListQuery;
      readonly page: PageNumber;
      /** null: a list of models. */
      readonly modelId: string | null;
      /** The page is read for the total alone, which any other page of the list brings, too. */
      readonly isTotal: boolean;
    }
  /** Only an answer tells which calls these are. */
  | { readonly kind: 'answer_dependent' };

/** Models that a field gives, as far as they are known before anything runs. */
export interface ModelRef {
  /** null: only an answer tells. */
  readonly id: string | null;
  /** Stands for the id where the id is not known. */
  readonly key: string;
  readonly count: number;
  /** The models are already read when their fields are resolved: as parents, or from a list. */
  readonly isRead: boolean;
}

export interface VersionRef {
  readonly model: ModelRef;
  readonly count: number;
}

/** The cost of one field, and the items that it gives to the fields below it. */
export interface Priced {
  readonly calls: readonly Omit<PricedCall, 'path'>[];
  readonly models: readonly ModelRef[];
  readonly versions: readonly VersionRef[];
  /** Ids and references among its arguments. */
  readonly sizes?: { readonly ids?: number; readonly representations?: number };
}

export const NOTHING_FURTHER: PricedCall['further'] = new Map<string, number>();

export const ZERO_COST: Priced = { calls: [], models: [], versions: [] };

export function modelCall(id: string): Omit<PricedCall, 'path'> {
  const target = { kind: 'model', id } as const;
  return {
    operation: 'GetModel',
    key: `GetModel ${id}`,
    count: 1,
    further: NOTHING_FURTHER,
    target,
  };
}

export function versionCall(modelId: string, versionName: string): Omit<PricedCall, 'path'> {
  const key = `GetModelVersion ${modelId}/${versionName}`;
  const target = { kind: 'version', modelId, versionName } as const;
  return { operation: 'GetModelVersion', key, count: 1, further: NOTHING_FURTHER, target };
}

export function knownModel(id: string, isRead: boolean): ModelRef {
  return { id, key: id, count: 1, isRead };
}
