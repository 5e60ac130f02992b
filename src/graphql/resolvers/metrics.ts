// The points of a chart: one metric over a model's versions, newest first, from their list alone.
import { readWindow } from '../../catalog/paging/read-window.js';
import { NEWEST_FIRST } from '../../domain/list.js';
import type { MetricDataset, Model, ModelVersion } from '../../domain/model.js';
import type { Loaders } from '../loaders.js';
import { wantedRows } from '../pagination/page-arguments.js';

export interface MetricPoint {
  readonly version: ModelVersion;
  readonly dataset: MetricDataset | null;
  readonly value: number | null;
}

interface MetricHistoryArguments {
  readonly metric: string;
  /** The id of a dataset; all datasets when not given. */
  readonly dataset?: string | null;
  /** The number of versions to read. */
  readonly first?: number | null;
}

export async function metricHistory(
  model: Model,
  args: MetricHistoryArguments,
  loaders: Loaders,
): Promise<MetricPoint[]> {
  const list = loaders.versions(model.id, null, NEWEST_FIRST);
  const { rows } = await readWindow(list.reader, wantedRows({ first: args.first }, list.key));
  return rows.flatMap(({ value }) => pointsOf(loaders.reachedFrom(model, value), args));
}

function pointsOf(
  version: ModelVersion,
  { metric: name, dataset: datasetId }: MetricHistoryArguments,
): MetricPoint[] {
  return version.metricResults
    .filter(({ dataset }) => typeof datasetId !== 'string' || dataset?.datasetId === datasetId)
    .flatMap(({ dataset, metrics }) =>
      metrics
        .filter((metric) => metric.name === name)
        .map(({ value }) => ({ version, dataset, value })),
    );
}
