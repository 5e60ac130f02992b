// Decodes PAI's free-form `Metrics` to results per dataset.
import { doubleOf } from '../../domain/exact-number.js';
import {
  isJsonList,
  type Json,
  type JsonObject,
  type Metric,
  type MetricDataset,
  type MetricResult,
} from '../../domain/model.js';
import type { Fields } from './fields.js';

/** Each item of `{Results:[…]}` is a result; any other map with entries is one result without a dataset. */
export function decodeMetrics(fields: Fields | null): MetricResult[] {
  if (fields === null) return [];
  const { Results = null, ...others } = fields.raw;
  if (isJsonList(Results)) return fields.nestedList('Results').map(decodeResult);
  // `Results: null` is not a score of that name.
  const metrics = decodeEntries(Results === null ? others : fields.raw);
  return metrics.length > 0 ? [{ dataset: null, metrics }] : [];
}

function decodeResult(fields: Fields): MetricResult {
  return {
    dataset: decodeDataset(fields.nested('Dataset')),
    metrics: decodeEntries(fields.object('Metrics') ?? {}),
  };
}

function decodeDataset(fields: Fields | null): MetricDataset | null {
  const dataset = fields && { id: fields.text('DatasetId'), uri: fields.text('Uri') };
  return dataset?.id || dataset?.uri ? dataset : null;
}

function decodeEntries(wire: JsonObject): Metric[] {
  return Object.entries(wire).map(([name, raw]) => ({ name, value: asMetricValue(raw), raw }));
}

/** Any JSON is legal here, so that a value which is not a number is not drift: it stays in `raw`. */
function asMetricValue(raw: Json): number | null {
  const value = typeof raw === 'string' ? numberIn(raw.trim()) : doubleOf(raw);
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/**
 * Without the check, Number would also read hexadecimal, and would read an empty text as 0. A regular expression for a
 * complete number tries each split of its digits: 60 KB of digits took 10 s.
 */
function numberIn(text: string): number | undefined {
  return /^[\d.eE+-]+$/.test(text) ? Number(text) : undefined;
}
