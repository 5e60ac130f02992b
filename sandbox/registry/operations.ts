// Answers the four read operations from the registry; knows nothing about HTTP, signatures or faults.
import { Refused } from '../answers.js';
import type { Operation, Route } from '../routes.js';
import {
  type JsonObject,
  modelIdOf,
  type SandboxKey,
  type SandboxModel,
  textOf,
  type WireVersion,
} from '../wire.js';
import { filterModels, labelContains } from './model-filters.js';
import { invalidParameter, type Page, type Query, readDirection, readPage } from './parameters.js';
import { maySee, type Registry } from './registry.js';

export interface Call {
  readonly route: Route;
  readonly query: Query;
  readonly key: SandboxKey;
}

interface Listing {
  readonly registry: Registry;
  readonly pageSizeMax: () => number;
}

const VERSION_EQUALITY_PARAMETERS = [
  'VersionName',
  'FormatType',
  'FrameworkType',
  'SourceType',
  'SourceId',
  'ApprovalStatus',
];
const APPROVAL_STATUSES = ['', 'Pending', 'Approved', 'Rejected'];

function withLatestVersion({ model, versions }: SandboxModel): JsonObject {
  const latest = versions.at(-1);
  return latest === undefined ? model : { ...model, LatestVersion: latest };
}

function findModel({ registry }: Listing, { route, key }: Call): SandboxModel {
  const entry = registry.find(route.modelId);
  if (!entry) throw new Refused(404, '201900002', `Model ${route.modelId} does not exist.`);
  if (!maySee(key, entry)) {
    throw new Refused(
      404,
      '100700008',
      `No permission: denied by RAM and AIWorkspace Rbac PaiModel:${route.operation}`,
    );
  }
  return entry;
}

const createdAt = (object: JsonObject): number => Date.parse(textOf(object, 'GmtCreateTime')) || 0;

function pageOf<T>(items: readonly T[], page: Page): T[] {
  const start = (page.number - 1) * page.size;
  return items.slice(start, start + page.size);
}

function getModel(listing: Listing, call: Call): JsonObject {
  return withLatestVersion(findModel(listing, call));
}

function getModelVersion(listing: Listing, call: Call): JsonObject {
  const { versionName } = call.route;
  const { versions } = findModel(listing, call);
  const version = versions.find((candidate) => candidate.VersionName === versionName);
  if (!version) throw new Refused(404, '201900003', `Version ${versionName} does not exist.`);
  return version;
}

function listModels({ registry, pageSizeMax }: Listing, { query, key }: Call): JsonObject {
  const page = readPage(query, pageSizeMax());
  const direction = readDirection(query);
  // Models with equal times are in the order of ids, so that no page repeats or skips a model.
  const found = filterModels(registry.seenBy(key), query).sort(
    (left, right) =>
      direction *
      (createdAt(left.model) - createdAt(right.model) ||
        (modelIdOf(left) < modelIdOf(right) ? -1 : 1)),
  );
  const models = pageOf(found, page).map((entry) => ({
    ...withLatestVersion(entry),
    Tags: entry.tags ?? [],
  }));
  return { Models: models, TotalCount: found.length };
}

function filterVersions(versions: readonly WireVersion[], query: Query): WireVersion[] {
  if (!APPROVAL_STATUSES.includes(query.ApprovalStatus ?? '')) {
    throw invalidParameter('ApprovalStatus', 'Pending, Approved or Rejected');
  }
  const wanted = VERSION_EQUALITY_PARAMETERS.filter((name) => query[name]);
  const label = query.Label;
  return versions.filter(
    (version) =>
      wanted.every((name) => version[name] === query[name]) &&
      (!label || labelContains(version, label)),
  );
}

function listModelVersions(listing: Listing, call: Call): JsonObject {
  const page = readPage(call.query, listing.pageSizeMax());
  const direction = readDirection(call.query);
  // The sort is stable and the versions are stored oldest first: equal times keep that order.
  const found = filterVersions(findModel(listing, call).versions, call.query).sort(
    (left, right) => createdAt(left) - createdAt(right),
  );
  if (direction < 0) found.reverse();
  return { Versions: pageOf(found, page), TotalCount: found.length };
}

const OPERATIONS: Readonly<Record<Operation, (listing: Listing, call: Call) => JsonObject>> = {
  GetModel: getModel,
  GetModelVersion: getModelVersion,
  ListModels: listModels,
  ListModelVersions: listModelVersions,
};

/** The body of the answer without RequestId; refuses with PAI's codes. */
export function perform(listing: Listing, call: Call): JsonObject {
  return OPERATIONS[call.route.operation](listing, call);
}

/** The same call for another model that the key may see; the call itself when the key sees no other. */
export function forAnotherModel({ registry }: Listing, call: Call): Call {
  const { route, key } = call;
  if (route.modelId === '') return call;
  const needsVersion = route.operation === 'GetModelVersion';
  const other = registry
    .seenBy(key)
    .find(
      (entry) => modelIdOf(entry) !== route.modelId && (!needsVersion || entry.versions.length > 0),
    );
  if (!other) return call;
  const latest = other.versions.at(-1);
  const versionName = needsVersion && latest ? textOf(latest, 'VersionName') : '';
  return { ...call, route: { ...route, modelId: modelIdOf(other), versionName } };
}
