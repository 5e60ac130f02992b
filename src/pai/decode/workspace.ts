// Decodes a workspace object of PAI, and a page of them.
import { isLinkedId } from '../../domain/ids.js';
import type { Page } from '../../domain/list.js';
import type { Workspace } from '../../domain/model.js';
import type { JsonObject } from '../../lib/json.js';
import { type Drift, Fields } from './fields.js';
import { decodePage } from './page.js';

/** null: it is not a workspace. */
export function decodeWorkspace(wire: JsonObject, drift: Drift): Workspace | null {
  // Names of people and internal ids: they are neither shown nor stored.
  const { RequestId, AdminNames, Owner, Creator, ExtraInfos, ...raw } = wire;
  const fields = new Fields(raw, '', drift);
  const id = fields.text('WorkspaceId');
  if (id === null || !isLinkedId(id)) return null;
  const workspace: Workspace = {
    kind: 'workspace',
    id,
    name: fields.text('WorkspaceName'),
    displayName: fields.text('DisplayName'),
    description: fields.text('Description'),
    status: fields.text('Status'),
    isDefault: fields.flag('IsDefault'),
    createdAt: fields.time('GmtCreateTime'),
    updatedAt: fields.time('GmtModifiedTime'),
    raw,
  };
  fields.reportUnknownKeys('EnvTypes', 'ResourceGroupId');
  return workspace;
}

export function decodeWorkspacePage(body: JsonObject, drift: Drift): Page<Workspace> {
  return decodePage('Workspaces', body, drift, (wire) => decodeWorkspace(wire, drift));
}
