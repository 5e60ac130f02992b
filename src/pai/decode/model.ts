// Decodes a model object of PAI to our Model; only this file and version.ts translate wire names.
import type { JsonObject, Model, ModelExtraInfo } from '../../domain/model.js';
import { isModelId } from '../../domain/names.js';
import { type Drift, Fields } from './fields.js';
import { decodeVersion } from './version.js';

/** null: it is not a model. An id of another form would become part of a path, where `..` leads to another resource. */
export function modelIdOf({ ModelId }: JsonObject): string | null {
  return typeof ModelId === 'string' && isModelId(ModelId) ? ModelId : null;
}

/** Decodes an object that has its ModelId, which the caller has checked. */
export function decodeModel(wire: JsonObject, id: string, drift: Drift): Model {
  const fields = new Fields(wire, '', drift);
  const latestVersion = fields.object('LatestVersion');
  const model: Model = {
    id,
    name: fields.text('ModelName'),
    description: fields.text('ModelDescription'),
    documentUrl: fields.url('ModelDoc'),
    createdAt: fields.time('GmtCreateTime'),
    updatedAt: fields.time('GmtModifiedTime'),
    latestVersionUpdatedAt: fields.time('GmtLatestVersionModifiedTime'),
    userId: fields.text('UserId'),
    ownerId: fields.text('OwnerId'),
    workspaceId: fields.text('WorkspaceId'),
    origin: fields.text('Origin'),
    provider: fields.text('Provider'),
    domain: fields.text('Domain'),
    task: fields.text('Task'),
    type: fields.text('ModelType'),
    accessibility: fields.oneOf('Accessibility', ['PUBLIC', 'PRIVATE']),
    labels: fields.labels('Labels'),
    tags: wire.Tags === undefined ? null : fields.labels('Tags'),
    extraInfo: decodeExtraInfo(fields.nested('ExtraInfo')),
    orderNumber: fields.long('OrderNumber'),
    parameterSizeInMillions: fields.long('ParameterSize'),
    latestVersion: latestVersion && decodeVersion(latestVersion, id, 'LatestVersion.', drift),
    raw: wire,
  };
  fields.reportUnknownKeys('ModelId');
  return model;
}

/** A model from a list as GetModel would return it, without Tags. The same object when the model has none. */
export function asReadById<T extends Model>(model: T): T {
  if (model.raw.Tags === undefined && model.tags === null) return model;
  const { Tags, ...raw } = model.raw;
  return { ...model, tags: null, raw };
}

function decodeExtraInfo(fields: Fields | null): ModelExtraInfo | null {
  return (
    fields && {
      ratingCount: fields.long('RatingCount'),
      rating: fields.float('Rating'),
      favoriteCount: fields.long('FavoriteCount'),
      commentCount: fields.long('CommentCount'),
      tippedAmountCount: fields.long('TippedAmountCount'),
      downloadCount: fields.long('DownloadCount'),
      coverUris: fields.texts('CoverUris'),
      raw: fields.raw,
    }
  );
}
