// Decodes a model object of PAI, and a page of models or versions. Only the files of this folder translate wire names.
import { isModelId } from '../../domain/ids.js';
import type { Page } from '../../domain/list.js';
import type { Model, ModelVersion } from '../../domain/model.js';
import type { JsonObject } from '../../lib/json.js';
import { type Drift, Fields } from './fields.js';
import { decodePage } from './page.js';
import { decodeVersion, versionNameOf } from './version.js';

/** null: it is not a model. An id of another form would become part of a path, where `..` leads to another resource. */
export function modelIdOf({ ModelId }: JsonObject): string | null {
  return typeof ModelId === 'string' && isModelId(ModelId) ? ModelId : null;
}

/** Decodes an object that has its ModelId, which the caller has checked. */
export function decodeModel(wire: JsonObject, id: string, drift: Drift): Model {
  const fields = new Fields(wire, '', drift);
  const { Tags, ...others } = wire;
  const latestVersion = fields.object('LatestVersion');
  const extraInfo = fields.nested('ExtraInfo');
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
    tags: Tags === undefined ? null : fields.labels('Tags'),
    extraInfo: extraInfo && {
      ratingCount: extraInfo.long('RatingCount'),
      rating: extraInfo.float('Rating'),
      favoriteCount: extraInfo.long('FavoriteCount'),
      commentCount: extraInfo.long('CommentCount'),
      tippedAmountCount: extraInfo.long('TippedAmountCount'),
      downloadCount: extraInfo.long('DownloadCount'),
      coverUris: extraInfo.texts('CoverUris'),
      raw: extraInfo.raw,
    },
    orderNumber: fields.long('OrderNumber'),
    parameterSizeInMillions: fields.long('ParameterSize'),
    latestVersion: latestVersion && decodeVersion(latestVersion, id, 'LatestVersion.', drift),
    // Without Tags, a model of a list is equal to the same model read by id.
    raw: Tags === undefined ? wire : others,
  };
  fields.reportUnknownKeys('ModelId');
  return model;
}

/** The object that decodeModel makes this model of. */
export function encodeModel({ raw, tags }: Model): JsonObject {
  if (tags === null) return raw;
  return { ...raw, Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
}

export function decodeModelPage(body: JsonObject, drift: Drift): Page<Model> {
  return decodePage('Models', body, drift, (wire) => {
    const id = modelIdOf(wire);
    return id === null ? null : decodeModel(wire, id, drift);
  });
}

export function decodeVersionPage(
  body: JsonObject,
  modelId: string,
  drift: Drift,
): Page<ModelVersion> {
  // The name is checked before decoding, since the page counts each item that it drops exactly once.
  return decodePage('Versions', body, drift, (wire) =>
    versionNameOf(wire) === null ? null : decodeVersion(wire, modelId, '', drift),
  );
}
