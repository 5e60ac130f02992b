// Scores over a model's versions, newest first, from their list alone: of one name, or side by side.
import { readWindow } from '../../catalog/paging/read-window.js';
import { NEWEST_FIRST } from '../../domain/list.js';
import type { MetricDataset, Model, ModelVersion } from '../../domain/model.js';
import type { Context } from '../context.js';
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

const POINTS_AT_ONCE = 500;

export async function metricHistory(
  model: Model,
  { metric, ...wanted }: Wanted & { readonly metric: string },
  context: Context,
): Promise<MetricPoint[]> {
  const points: MetricPoint[] = [];
  await visitPoints(model, [metric], wanted, context, (point) => points.push(point));
  return points;
}

export async function metricHistories(
  model: Model,
  { metrics, ...wanted }: Wanted & { readonly metrics?: readonly string[] | null },
  context: Context,
): Promise<MetricHistory[]> {
  const histories = new Map<string, MetricHistory>();
  await visitPoints(model, metrics ?? null, wanted, context, (point) => {
    const { metric, dataset } = point;
    const key = JSON.stringify([metric, dataset?.datasetId, dataset?.uri]);
    const history = histories.get(key) ?? { metric, dataset, points: [] };
    history.points.push(point);
    histories.set(key, history);
  });
  return [...histories.values()];
}

/** `names` null: every score. */
async function visitPoints(
  model: Model,
  names: readonly string[] | null,
  { dataset, first }: Wanted,
  { loaders, work }: Context,
  visit: (point: MetricPoint) => void,
): Promise<void> {
  const list = loaders.versions(model.id, null, NEWEST_FIRST);
  const { rows } = await readWindow(list.reader, wantedRows({ first }, list.key));
  const wanted = names && new Set(names);
  for (const { value } of rows) {
    let points = 0;
    for (const point of pointsOf(loaders.reachedFrom(model, value), dataset)) {
      if (wanted !== null && !wanted.has(point.metric)) continue;
      visit(point);
      points += 1;
      if (points % POINTS_AT_ONCE === 0) await work.goOn(POINTS_AT_ONCE);
    }
    await work.goOn(points % POINTS_AT_ONCE);
  }
}

function* pointsOf(version: ModelVersion, id: string | null | undefined): Generator<MetricPoint> {
  for (const { dataset, metrics } of version.metricResults) {
    if (typeof id === 'string' && dataset?.datasetId !== id) continue;
    for (const { name, value } of metrics) yield { metric: name, version, dataset, value };
  }
}
