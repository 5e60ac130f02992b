// Decodes PAI's free-form `Metrics` to results per dataset.
import { doubleOf } from '../../domain/exact-number.js';
import {
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  type Metric,
  type MetricDataset,
  type MetricResult,
} from '../../domain/model.js';
import { type Drift, Fields } from './fields.js';

/** Each item of `{Results:[…]}` is a result; any other map with entries is one result without a dataset. */
export function decodeMetrics(fields: Fields, path: string, drift: Drift): MetricResult[] {
  const wire = fields.object('Metrics');
  if (wire === null) return [];
  const items = wire.Results ?? null;
  if (!isJsonList(items)) {
    const { Results, ...others } = wire;
    // `Results: null` is not a score of that name.
    const metrics = decodeEntries(items === null ? others : wire);
    return metrics.length > 0 ? [{ dataset: null, metrics }] : [];
  }
  const results: MetricResult[] = [];
  const at = `${path}Metrics.Results`;
  for (const item of items) {
    if (isJsonObject(item)) results.push(decodeResult(item, `${at}.`, drift));
    else drift(at, 'dropped_item');
  }
  return results;
}

function decodeResult(wire: JsonObject, path: string, drift: Drift): MetricResult {
  const fields = new Fields(wire, path, drift);
  const dataset = fields.object('Dataset');
  return {
    dataset: dataset && decodeDataset(dataset, `${path}Dataset.`, drift),
    metrics: decodeEntries(fields.object('Metrics') ?? {}),
  };
}

function decodeDataset(wire: JsonObject, path: string, drift: Drift): MetricDataset | null {
  const fields = new Fields(wire, path, drift);
  const dataset = { id: fields.text('DatasetId'), uri: fields.text('Uri') };
  return dataset.id === null && dataset.uri === null ? null : dataset;
}

function decodeEntries(wire: JsonObject): Metric[] {
  return Object.keys(wire).map((name) => {
    const raw = wire[name] ?? null;
    return { name, value: asMetricValue(raw), raw };
  });
}

/** Without this check, Number would also read hexadecimal, and would read an empty text as 0. */
const DECIMAL_CHARACTERS = /^[\d.eE+-]+$/;

/** Any JSON is legal here, so that a value which is not a number is not drift: it stays in `raw`. */
function asMetricValue(raw: Json): number | null {
  const value = typeof raw === 'string' ? numberIn(raw.trim()) : doubleOf(raw);
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** A regular expression for a complete number tries each split of its digits: 60 KB of digits took 10 s. */
function numberIn(text: string): number | undefined {
  return DECIMAL_CHARACTERS.test(text) ? Number(text) : undefined;
}
