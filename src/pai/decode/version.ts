// Decodes a version object of PAI to our ModelVersion; only this file and model.ts translate wire names.
import type { JsonObject, ModelVersion, ModelVersionExtraInfo } from '../../domain/model.js';
import { isVersionName } from '../../domain/names.js';
import { type Drift, Fields } from './fields.js';
import { KnownKeys } from './known-keys.js';
import { decodeLabels } from './labels.js';
import { parseLocation, parseSource } from './location.js';
import { decodeMetrics } from './metrics.js';

const KNOWN_KEYS = new KnownKeys(
  `VersionName VersionDescription Uri GmtCreateTime GmtModifiedTime UserId OwnerId FormatType
   FrameworkType SourceType SourceId ApprovalStatus Options Labels Metrics TrainingSpec
   InferenceSpec EvaluationSpec CompressionSpec DistillationSpec ExtraInfo`,
);

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
  const versionName = versionNameOf(wire);
  if (versionName === null) {
    drift(`${path}VersionName`, 'dropped_item');
    return null;
  }
  KNOWN_KEYS.reportOthers(wire, path, drift);
  const fields = new Fields(wire, path, drift);
  const uri = fields.text('Uri');
  const sourceType = fields.text('SourceType');
  const sourceId = fields.text('SourceId');
  return {
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
    labels: decodeLabels(fields, 'Labels', path, drift),
    options: fields.jsonText('Options'),
    metrics: decodeMetrics(fields, path, drift),
    metricsRaw: wire.Metrics ?? null,
    trainingSpec: fields.object('TrainingSpec'),
    inferenceSpec: fields.object('InferenceSpec'),
    evaluationSpec: fields.object('EvaluationSpec'),
    compressionSpec: fields.object('CompressionSpec'),
    distillationSpec: fields.object('DistillationSpec'),
    extraInfo: decodeExtraInfo(fields.object('ExtraInfo'), `${path}ExtraInfo.`, drift),
    raw: wire,
  };
}

function decodeExtraInfo(
  wire: JsonObject | null,
  path: string,
  drift: Drift,
): ModelVersionExtraInfo | null {
  if (wire === null) return null;
  const fields = new Fields(wire, path, drift);
  return {
    coverUris: fields.texts('CoverUris'),
    trainedWords: fields.texts('TrainedWords'),
    raw: wire,
  };
}
