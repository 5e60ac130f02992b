// Scores over a model's versions, newest first, from their list alone: of one name, or side by side.
import { readWindow } from '../../catalog/paging/read-window.js';
import { NEWEST_FIRST } from '../../domain/list.js';
import type { MetricDataset, Model, ModelVersion } from '../../domain/model.js';
import type { Loaders } from '../loaders.js';
import { wantedRows } from '../pagination/page-arguments.js';

export interface MetricPoint {
  /** The name of the score. */
  readonly metric: string;
  readonly version: ModelVersion;
  readonly dataset: MetricDataset | null;
  readonly value: number | null;
}

/** The points of one score on one dataset. */
export interface MetricHistory {
  readonly metric: string;
  readonly dataset: MetricDataset | null;
  readonly points: MetricPoint[];
}

interface Wanted {
  /** The id of a dataset; all datasets when not given. */
  readonly dataset?: string | null;
  /** The number of versions to read. */
  readonly first?: number | null;
}

export function metricHistory(
  model: Model,
  { metric, ...wanted }: Wanted & { readonly metric: string },
  loaders: Loaders,
): Promise<MetricPoint[]> {
  return readPoints(model, [metric], wanted, loaders);
}

export async function metricHistories(
  model: Model,
  { metrics, ...wanted }: Wanted & { readonly metrics?: readonly string[] | null },
  loaders: Loaders,
): Promise<MetricHistory[]> {
  const histories = new Map<string, MetricHistory>();
  for (const point of await readPoints(model, metrics ?? null, wanted, loaders)) {
    const { metric, dataset } = point;
    const key = JSON.stringify([metric, dataset?.datasetId, dataset?.uri]);
    const history = histories.get(key) ?? { metric, dataset, points: [] };
    history.points.push(point);
    histories.set(key, history);
  }
  return [...histories.values()];
}

/** `names` null: every score. */
async function readPoints(
  model: Model,
  names: readonly string[] | null,
  { dataset, first }: Wanted,
  loaders: Loaders,
): Promise<MetricPoint[]> {
  const list = loaders.versions(model.id, null, NEWEST_FIRST);
  const { rows } = await readWindow(list.reader, wantedRows({ first }, list.key));
  const wanted = names && new Set(names);
  return rows.flatMap(({ value }) => {
    const version = loaders.reachedFrom(model, value);
    return version.metricResults
      .filter((result) => typeof dataset !== 'string' || result.dataset?.datasetId === dataset)
      .flatMap(({ dataset, metrics }) =>
        metrics
          .filter(({ name }) => wanted === null || wanted.has(name))
          .map(({ name, value }) => ({ metric: name, version, dataset, value })),
      );
  });
}
