// Decodes a version object of PAI to our ModelVersion, with the structure of its Uri, SourceId, Metrics and specifications.
import { isVersionName } from '../../domain/ids.js';
import type {
  AssetLocation,
  Metric,
  MetricResult,
  ModelVersion,
  VersionSource,
} from '../../domain/model.js';
import { doubleOf, isJsonList, type Json, type JsonObject } from '../../lib/json.js';
import { type Drift, Fields } from './fields.js';
import { decodeProcessor, decodeTraining } from './specs.js';

/** null: it is not a version. A version whose name has another form could not be requested. */
export function versionNameOf({ VersionName }: JsonObject): string | null {
  return typeof VersionName === 'string' && isVersionName(VersionName) ? VersionName : null;
}

/** null: it is not a version. */
export function decodeVersion(
  wire: JsonObject,
  modelId: string,
  path: string,
  drift: Drift,
): ModelVersion | null {
  const fields = new Fields(wire, path, drift);
  const versionName = versionNameOf(wire);
  if (versionName === null) {
    fields.report('VersionName', 'dropped_item');
    return null;
  }
  const uri = fields.text('Uri');
  const sourceType = fields.text('SourceType');
  const sourceId = fields.text('SourceId');
  const trainingSpec = fields.object('TrainingSpec');
  const training = decodeTraining(trainingSpec);
  const inferenceSpec = fields.object('InferenceSpec');
  const extraInfo = fields.nested('ExtraInfo');
  const version: ModelVersion = {
    modelId,
    versionName,
    description: fields.text('VersionDescription'),
    uri,
    location: parseLocation(uri),
    formatType: fields.text('FormatType'),
    frameworkType: fields.text('FrameworkType'),
    sourceType,
    sourceId,
    source: parseSource(sourceType, sourceId),
    approvalStatus: fields.oneOf('ApprovalStatus', ['PENDING', 'APPROVED', 'REJECTED']),
    createdAt: fields.time('GmtCreateTime'),
    updatedAt: fields.time('GmtModifiedTime'),
    userId: fields.text('UserId'),
    ownerId: fields.text('OwnerId'),
    labels: fields.labels('Labels'),
    options: fields.jsonText('Options'),
    metricResults: decodeMetrics(fields.nested('Metrics'), modelId),
    metricsRaw: wire.Metrics ?? null,
    trainingSpec,
    hyperParameters: training.hyperParameters,
    trainingImage: training.trainingImage,
    computeResource: training.computeResource,
    inferenceSpec,
    processor: decodeProcessor(inferenceSpec),
    evaluationSpec: fields.object('EvaluationSpec'),
    compressionSpec: fields.object('CompressionSpec'),
    distillationSpec: fields.object('DistillationSpec'),
    extraInfo: extraInfo && {
      coverUris: extraInfo.texts('CoverUris'),
      trainedWords: extraInfo.texts('TrainedWords'),
      raw: extraInfo.raw,
    },
    raw: wire,
  };
  fields.reportUnknownKeys('VersionName');
  return version;
}

const URI = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(?:\/(.*)|[?#].*)?$/is;
/** The bucket and the endpoint: of an OSS URI, and of the host of an HTTP URL. */
const OSS_AUTHORITY = /^([^.]*)\.?(.*)$/s;
const OSS_HOST = /^([a-z0-9][a-z0-9-]*)\.(oss-[^/]+)$/i;

/**
 * `oss://<bucket>.<endpoint>/key`, `oss://<bucket>/key` and http(s) URLs, of OSS or of another host.
 * null: not a URI with an authority.
 */
function parseLocation(uri: string | null): AssetLocation | null {
  const match = URI.exec(uri ?? '');
  if (match === null) return null;
  const [, scheme = '', authority = '', path = ''] = match;
  const isOss = scheme.toLowerCase() === 'oss';
  // Credentials in a URL must not appear in an answer, and a signed query is a credential.
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const key = isOss ? path : path.replace(/[?#].*$/s, '');
  const [, bucket, endpoint] = (isOss ? OSS_AUTHORITY : OSS_HOST).exec(host) ?? ['', null, host];
  return {
    scheme: scheme.toLowerCase(),
    bucket: bucket || null,
    endpoint: endpoint || null,
    key: key || null,
  };
}

/**
 * `region=<r>,workspaceId=<w>,kind=<k>,id=<id>`; a free text, such as that of Custom sources, names no parts. Of two
 * parts with the same name, the last counts.
 */
function parseSource(type: string | null, sourceId: string | null): VersionSource | null {
  if (type === null && sourceId === null) return null;
  const parts = new Map<string, string>();
  for (const part of (sourceId ?? '').split(',')) {
    const equals = part.indexOf('=');
    if (equals !== -1) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return {
    type,
    region: parts.get('region') || null,
    workspaceId: parts.get('workspaceId') || null,
    kind: parts.get('kind') || null,
    runId: parts.get('id') || null,
  };
}

/** Each item of `{Results:[…]}` is a result; any other map with entries is one result without a dataset. */
function decodeMetrics(fields: Fields | null, modelId: string): MetricResult[] {
  if (fields === null) return [];
  const { Results = null, ...others } = fields.raw;
  if (isJsonList(Results))
    return fields.nestedList('Results').map((result) => decodeResult(result, modelId));
  // `Results: null` is not a score of that name.
  const metrics = decodeEntries(Results === null ? others : fields.raw);
  return metrics.length > 0 ? [{ dataset: null, metrics }] : [];
}

function decodeResult(fields: Fields, modelId: string): MetricResult {
  const dataset = fields.nested('Dataset');
  const datasetId = dataset?.text('DatasetId') ?? null;
  const uri = dataset?.text('Uri') ?? null;
  const metrics = decodeEntries(fields.object('Metrics') ?? {});
  return { dataset: datasetId || uri ? { modelId, datasetId, uri } : null, metrics };
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
