// Decodes a version object of PAI to our ModelVersion; only this file and model.ts translate wire names.
import type { JsonObject, ModelVersion, ModelVersionExtraInfo } from '../../domain/model.js';
import { isVersionName } from '../../domain/names.js';
import { type Drift, Fields } from './fields.js';
import { parseLocation, parseSource } from './location.js';
import { decodeMetrics } from './metrics.js';

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
    metrics: decodeMetrics(fields.nested('Metrics')),
    metricsRaw: wire.Metrics ?? null,
    trainingSpec: fields.object('TrainingSpec'),
    inferenceSpec: fields.object('InferenceSpec'),
    evaluationSpec: fields.object('EvaluationSpec'),
    compressionSpec: fields.object('CompressionSpec'),
    distillationSpec: fields.object('DistillationSpec'),
    extraInfo: decodeExtraInfo(fields.nested('ExtraInfo')),
    raw: wire,
  };
  fields.reportUnknownKeys('VersionName');
  return version;
}

function decodeExtraInfo(fields: Fields | null): ModelVersionExtraInfo | null {
  return (
    fields && {
      coverUris: fields.texts('CoverUris'),
      trainedWords: fields.texts('TrainedWords'),
      raw: fields.raw,
    }
  );
}
