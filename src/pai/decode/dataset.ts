// Decodes a dataset object of PAI, and a page of them.
import { isLinkedId } from '../../domain/ids.js';
import type { Page } from '../../domain/list.js';
import type { Dataset } from '../../domain/model.js';
import type { JsonObject } from '../../lib/json.js';
import { type Drift, Fields } from './fields.js';
import { decodePage } from './page.js';

/** PAI documents them, and no field shows them. */
const NOT_SHOWN: readonly string[] = [
  ...['Edition', 'Provider', 'ProviderType', 'SourceType', 'SourceId', 'SourceDatasetId'],
  ...['SourceDatasetVersion', 'Options', 'ImportInfo', 'LatestVersion', 'IsShared', 'MountAccess'],
];

/** null: it is not a dataset. */
export function decodeDataset(wire: JsonObject, drift: Drift): Dataset | null {
  // Ids of people and roles: they are neither shown nor stored.
  const { RequestId, UserId, OwnerId, AccessibleRoleIdList, SharedFrom, SharingConfig, ...raw } =
    wire;
  const fields = new Fields(raw, '', drift);
  const id = fields.text('DatasetId');
  if (id === null || !isLinkedId(id)) return null;
  const dataset: Dataset = {
    kind: 'dataset',
    id,
    name: fields.text('Name'),
    description: fields.text('Description'),
    dataType: fields.text('DataType'),
    dataSourceType: fields.text('DataSourceType'),
    property: fields.text('Property'),
    accessibility: fields.text('Accessibility'),
    uri: fields.text('Uri'),
    workspaceId: fields.text('WorkspaceId'),
    labels: fields.labels('Labels'),
    createdAt: fields.time('GmtCreateTime'),
    updatedAt: fields.time('GmtModifiedTime'),
    raw,
  };
  fields.reportUnknownKeys(...NOT_SHOWN);
  return dataset;
}

export function decodeDatasetPage(body: JsonObject, drift: Drift): Page<Dataset> {
  return decodePage('Datasets', body, drift, (wire) => decodeDataset(wire, drift));
}
