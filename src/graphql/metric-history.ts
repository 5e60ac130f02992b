// The value of one metric over a model's versions, newest first, from their list alone.
import { readWindow } from '../catalog/paging/read-window.js';
import type { MetricDataset } from '../domain/model.js';
import type { SourcedModel, SourcedModelVersion } from '../domain/provenance.js';
import { type ListQuery, versionListQuery } from '../pai/list-query.js';
import { countOrDefault } from './connection/page-arguments.js';
import type { Loaders } from './loaders.js';

export interface MetricPoint {
  readonly version: SourcedModelVersion;
  readonly dataset: MetricDataset | null;
  readonly value: number | null;
}

export interface MetricHistoryArguments {
  readonly metric: string;
  /** The id of a dataset; all datasets when not given. */
  readonly dataset?: string | null;
  /** The number of versions to read. */
  readonly first?: number | null;
}

export async function metricHistory(
  model: SourcedModel,
  args: MetricHistoryArguments,
  loaders: Loaders,
  sizeMax: () => number,
): Promise<MetricPoint[]> {
  const end = countOrDefault(args.first, 'first');
  const list = historyListQuery(model.id);
  const { rows } = await readWindow(
    {
      fetchPage: loaders.versions(model.id, list).page,
      sizeMax,
      idOf: ({ versionName }) => versionName,
    },
    { from: 'start', start: 0, end },
  );
  return rows.flatMap(({ value }) => pointsOf(loaders.reachedFrom(model, value), args));
}

/** Newest first. */
export function historyListQuery(modelId: string): ListQuery {
  return versionListQuery(modelId, {}, { field: 'CREATED_AT', direction: 'DESC' });
}

function pointsOf(
  version: SourcedModelVersion,
  { metric: name, dataset: datasetId }: MetricHistoryArguments,
): MetricPoint[] {
  return version.metrics
    .filter(({ dataset }) => typeof datasetId !== 'string' || dataset?.id === datasetId)
    .flatMap(({ dataset, metrics }) =>
      metrics
        .filter((metric) => metric.name === name)
        .map(({ value }) => ({ version, dataset, value })),
    );
}
