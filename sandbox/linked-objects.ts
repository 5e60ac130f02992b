// The workspaces and datasets of the registry: the operations that list them, by ids or not, and that give one.
import { ApiError, invalidParameter, type Parameters } from './http.js';
import { readPage } from './list-filters.js';
import { createdAt, type JsonObject, type SandboxKey, textOf } from './wire.js';

export const LINKED_OPERATIONS = [
  'GetWorkspace',
  'ListWorkspaces',
  'GetDataset',
  'ListDatasets',
] as const;

type LinkedOperation = (typeof LINKED_OPERATIONS)[number];

interface LinkedRoute {
  readonly operation: LinkedOperation;
  /** '' for a list. */
  readonly id: string;
}

const PATH = /^\/api\/v1\/(workspaces|datasets)(?:\/([^/]+))?$/;

/** undefined: the path is of another operation. */
export function findLinkedRoute(
  path: string,
  decodeSegment: (segment: string) => string,
): LinkedRoute | undefined {
  const match = PATH.exec(path);
  if (!match) return undefined;
  const [, collection, id] = match;
  const kind = collection === 'workspaces' ? 'Workspace' : 'Dataset';
  return id === undefined
    ? { operation: `List${kind}s`, id: '' }
    : { operation: `Get${kind}`, id: decodeSegment(id) };
}

export interface LinkedObjects {
  readonly workspaces: readonly JsonObject[];
  readonly datasets: readonly JsonObject[];
}

interface LinkedCall {
  readonly route: LinkedRoute;
  readonly query: Parameters;
  readonly key: SandboxKey;
}

/** PAI documents no maximum; a client that asks for more may meet one there. */
const IDS_MAX = 50;

function readIds(query: Parameters, name: string): readonly string[] | undefined {
  const text = query[name];
  if (!text) return undefined;
  const ids = text.split(',');
  if (ids.length > IDS_MAX) throw invalidParameter(name, `at most ${IDS_MAX} ids`);
  return ids;
}

const maySee = ({ sees }: SandboxKey, object: JsonObject) => sees === undefined || sees(object);

function refusal(action: string): ApiError {
  const message = `No permission: denied by RAM and AIWorkspace Rbac ${action}`;
  return new ApiError(404, '100700008', message);
}

function listWorkspaces(
  { workspaces }: LinkedObjects,
  { query, key }: LinkedCall,
  pageSizeMax: number,
): JsonObject {
  const selectPage = readPage({ PageSize: '20', ...query }, pageSizeMax);
  const ids = readIds(query, 'WorkspaceIds');
  const found = workspaces
    .filter((one) => maySee(key, one))
    .filter((one) => ids === undefined || ids.includes(textOf(one, 'WorkspaceId')))
    .toSorted((left, right) => createdAt(left) - createdAt(right));
  return { Workspaces: selectPage(found), TotalCount: found.length, ResourceLimits: {} };
}

function getWorkspace({ workspaces }: LinkedObjects, { route, key }: LinkedCall): JsonObject {
  const found = workspaces.find(({ WorkspaceId }) => WorkspaceId === route.id);
  if (!found) throw new ApiError(404, '100400027', 'Workspace not exists');
  if (!maySee(key, found)) throw refusal('PaiWorkspace:GetWorkspace');
  return found;
}

/** Without a workspace, those of the default one. */
function listDatasets(
  { workspaces, datasets }: LinkedObjects,
  { query, key }: LinkedCall,
  pageSizeMax: number,
): JsonObject {
  const selectPage = readPage(query, pageSizeMax);
  const ids = readIds(query, 'DatasetIds');
  const { WorkspaceId: wanted } = query;
  const workspace = workspaces.find(({ WorkspaceId, IsDefault }) =>
    wanted ? WorkspaceId === wanted : IsDefault === true,
  );
  if (!workspace) throw new ApiError(404, '100400027', 'Workspace not exists');
  if (!maySee(key, workspace)) throw refusal('PaiDataset:ListDatasets');
  const found = datasets
    .filter(({ WorkspaceId }) => WorkspaceId === workspace.WorkspaceId)
    .filter((one) => ids === undefined || ids.includes(textOf(one, 'DatasetId')))
    .toSorted((left, right) => createdAt(left) - createdAt(right));
  return { Datasets: selectPage(found), TotalCount: found.length };
}

function getDataset({ datasets }: LinkedObjects, { route, key }: LinkedCall): JsonObject {
  const found = datasets.find(({ DatasetId }) => DatasetId === route.id);
  if (!found) throw new ApiError(404, '201300003', 'Dataset not exists');
  if (!maySee(key, found)) throw refusal('PaiDataset:GetDataset');
  return found;
}

export function performLinked(
  objects: LinkedObjects,
  call: LinkedCall,
  pageSizeMax: number,
): JsonObject {
  switch (call.route.operation) {
    case 'ListWorkspaces':
      return listWorkspaces(objects, call, pageSizeMax);
    case 'GetWorkspace':
      return getWorkspace(objects, call);
    case 'ListDatasets':
      return listDatasets(objects, call, pageSizeMax);
    case 'GetDataset':
      return getDataset(objects, call);
  }
}

/** The same call for another object that the key may see; the call itself when there is none. */
export function forAnotherObject<C extends LinkedCall>(objects: LinkedObjects, call: C): C {
  const { route, key } = call;
  const [all, field] =
    route.operation === 'GetDataset'
      ? [objects.datasets, 'DatasetId']
      : [objects.workspaces, 'WorkspaceId'];
  const ids = all.filter((one) => maySee(key, one)).map((one) => textOf(one, field));
  const other = ids.find((id) => id !== route.id);
  return route.id === '' || other === undefined
    ? call
    : { ...call, route: { ...route, id: other } };
}
