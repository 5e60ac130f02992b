// The model registry: holds the models, and answers the read operations for keys that are verified.
import { ApiError, decodeQuery, type Parameters, type ReceivedRequest } from './http.js';
import {
  findLinkedRoute,
  forAnotherObject,
  LINKED_OPERATIONS,
  type LinkedObjects,
  performLinked,
} from './linked-objects.js';
import { filterModels, filterVersions, readDirection, readPage } from './list-filters.js';
import type { Api } from './request-handler.js';
import { timeOfEvent } from './request-log.js';
import { claimedKeyId, createNonceStore, verifyRequest } from './signature.js';
import {
  createdAt,
  type JsonObject,
  modelIdOf,
  type SandboxKey,
  type SandboxModel,
  textOf,
} from './wire.js';

export interface Registry {
  find(modelId: string): SandboxModel | undefined;
  visibleTo(key: SandboxKey): SandboxModel[];
  replace(models: readonly SandboxModel[]): void;
}

function maySee(key: SandboxKey, { model }: SandboxModel): boolean {
  return key.sees === undefined || key.sees(model);
}

export function createRegistry(models: readonly SandboxModel[]): Registry {
  let byId = new Map<string, SandboxModel>();
  const replace = (next: readonly SandboxModel[]): void => {
    byId = new Map(next.map((entry) => [modelIdOf(entry), entry]));
  };
  replace(models);
  return {
    replace,
    find: (modelId) => byId.get(modelId),
    visibleTo: (key) => [...byId.values()].filter((entry) => maySee(key, entry)),
  };
}

type Operation = 'GetModel' | 'GetModelVersion' | 'ListModels' | 'ListModelVersions';

interface Route {
  readonly operation: Operation;
  /** '' for ListModels. */
  readonly modelId: string;
  /** '' unless the operation names a version. */
  readonly versionName: string;
}

const PATH = /^\/api\/v1\/models(?:\/([^/]+)(?:\/(versions)(?:\/([^/]+))?)?)?$/;

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiError(400, 'InvalidParameter', 'The path is not percent-encoded UTF-8.');
  }
}

function operationOf(match: RegExpExecArray): Operation {
  const [, modelId, versions, versionName] = match;
  if (modelId === undefined) return 'ListModels';
  if (versions === undefined) return 'GetModel';
  return versionName === undefined ? 'ListModelVersions' : 'GetModelVersion';
}

function findAnyRoute(method: string, path: string) {
  const linked = findLinkedRoute(path, decodeSegment);
  const match = PATH.exec(path);
  const route = match ? modelRoute(match) : linked && { ...linked, modelId: '' };
  if (!route) throw new ApiError(404, 'InvalidAction.NotFound', 'No operation has this path.');
  if (method !== 'GET') {
    throw new ApiError(403, 'UnsupportedHTTPMethod', 'The sandbox registry can only be read.');
  }
  return route;
}

function modelRoute(match: RegExpExecArray): Route {
  return {
    operation: operationOf(match),
    modelId: decodeSegment(match[1] ?? ''),
    versionName: decodeSegment(match[3] ?? ''),
  };
}

interface Call {
  readonly route: Route;
  readonly query: Parameters;
  readonly key: SandboxKey;
}

interface Listing {
  readonly registry: Registry;
  /** Called for each request about them. */
  readonly linkedObjects: () => LinkedObjects;
  readonly pageSizeMax: () => number;
}

function withLatestVersion({ model, versions }: SandboxModel): JsonObject {
  const latest = versions.at(-1);
  return latest === undefined ? model : { ...model, LatestVersion: latest };
}

function findModel({ registry }: Listing, { route, key }: Call): SandboxModel {
  const entry = registry.find(route.modelId);
  if (!entry) throw new ApiError(404, '201900002', `Model ${route.modelId} does not exist.`);
  if (maySee(key, entry)) return entry;
  const message = `No permission: denied by RAM and AIWorkspace Rbac PaiModel:${route.operation}`;
  throw new ApiError(404, '100700008', message);
}

function getModelVersion(listing: Listing, call: Call): JsonObject {
  const { versionName } = call.route;
  const { versions } = findModel(listing, call);
  const version = versions.find((candidate) => candidate.VersionName === versionName);
  if (!version) throw new ApiError(404, '201900003', `Version ${versionName} does not exist.`);
  return version;
}

function listModels({ registry, pageSizeMax }: Listing, { query, key }: Call): JsonObject {
  const selectPage = readPage(query, pageSizeMax());
  const direction = readDirection(query);
  // Models with equal times are in the order of ids, so that no page repeats or skips a model.
  const found = filterModels(registry.visibleTo(key), query).sort(
    (left, right) =>
      direction *
      (createdAt(left.model) - createdAt(right.model) ||
        (modelIdOf(left) < modelIdOf(right) ? -1 : 1)),
  );
  const models = selectPage(found).map((entry) => ({
    ...withLatestVersion(entry),
    Tags: entry.tags ?? [],
  }));
  return { Models: models, TotalCount: found.length };
}

function listModelVersions(listing: Listing, call: Call): JsonObject {
  const selectPage = readPage(call.query, listing.pageSizeMax());
  const direction = readDirection(call.query);
  // The sort is stable and the versions are stored oldest first: equal times keep that order.
  const found = filterVersions(findModel(listing, call).versions, call.query).sort(
    (left, right) => createdAt(left) - createdAt(right),
  );
  if (direction < 0) found.reverse();
  return { Versions: selectPage(found), TotalCount: found.length };
}

const OPERATIONS: Readonly<Record<Operation, (listing: Listing, call: Call) => JsonObject>> = {
  GetModel: (listing, call) => withLatestVersion(findModel(listing, call)),
  GetModelVersion: getModelVersion,
  ListModels: listModels,
  ListModelVersions: listModelVersions,
};

/** The same call for another model that the key may see; the call itself when there is none. */
function forAnotherModel({ registry }: Listing, call: Call): Call {
  const { route, key } = call;
  if (route.modelId === '') return call;
  const needsVersion = route.operation === 'GetModelVersion';
  const other = registry
    .visibleTo(key)
    .find(
      (entry) => modelIdOf(entry) !== route.modelId && (!needsVersion || entry.versions.length > 0),
    );
  if (!other) return call;
  const latest = other.versions.at(-1);
  const versionName = needsVersion && latest ? textOf(latest, 'VersionName') : '';
  return { ...call, route: { ...route, modelId: modelIdOf(other), versionName } };
}

const QUOTA_WINDOW_MS = 1000;

/** Throws Throttling.User when the call exceeds the quota; throttled calls do not count. */
type Quota = (account: string, operation: string) => void;

/** A sliding window for each operation and account. */
function createQuota(perSecond: number): Quota {
  const startsByCaller = new Map<string, number[]>();
  return (account, operation) => {
    const now = timeOfEvent();
    const caller = `${operation} ${account}`;
    const starts = startsByCaller.get(caller) ?? [];
    const recent = starts.filter((start) => now - start < QUOTA_WINDOW_MS);
    startsByCaller.set(caller, recent);
    if (recent.length < perSecond) {
      recent.push(now);
      return;
    }
    const oldest = recent[0] ?? now;
    const retryAfterMs = Math.max(1, Math.ceil(oldest + QUOTA_WINDOW_MS - now));
    throw new ApiError(400, 'Throttling.User', 'Request was denied due to user flow control.', {
      'x-acs-retry-after': String(retryAfterMs),
    });
  };
}

interface RegistryApiOptions extends Listing {
  readonly keys: readonly SandboxKey[];
  /** Finds a temporary key that STS has issued. */
  readonly findIssuedKey: (keyId: string) => SandboxKey | undefined;
  /** Calls in any one second per operation and account; no limit when undefined. */
  readonly quotaPerSecond: number | undefined;
  readonly now: () => number;
}

export function createRegistryApi(options: RegistryApiOptions): Api {
  const { quotaPerSecond, findIssuedKey, now } = options;
  const nonces = createNonceStore();
  const quota = quotaPerSecond === undefined ? undefined : createQuota(quotaPerSecond);

  const authenticate = <R extends { readonly operation: string }>(
    request: ReceivedRequest,
    route: R,
  ) => {
    const issued = findIssuedKey(claimedKeyId(request.headers.authorization));
    const keys = issued ? [issued] : options.keys;
    const key = verifyRequest(request, { keys, nonces, now: now(), action: route.operation });
    return { route, key, query: Object.fromEntries(decodeQuery(request.query)) };
  };

  return {
    product: 'AIWorkSpace',
    operations: [...Object.keys(OPERATIONS), ...LINKED_OPERATIONS],
    targetOf({ method, path, headers }) {
      try {
        const { operation, modelId } = findAnyRoute(method, path);
        return { operation, modelId };
      } catch {
        return { operation: headers['x-acs-action'] ?? '', modelId: '' };
      }
    },
    parametersOf: ({ query }) => Object.fromEntries(decodeQuery(query)),
    authorize(request) {
      const route = findAnyRoute(request.method, request.path);
      const call = authenticate(request, route);
      const { key } = call;
      quota?.(key.account ?? key.id, route.operation);
      if ('id' in route) {
        const linked = { ...call, route };
        const objects = options.linkedObjects();
        const sizeMax = options.pageSizeMax();
        return {
          body: () => performLinked(objects, linked, sizeMax),
          bodyOfOtherModel: () =>
            performLinked(objects, forAnotherObject(objects, linked), sizeMax),
        };
      }
      const ofModels = { ...call, route };
      const perform = OPERATIONS[route.operation];
      return {
        body: () => perform(options, ofModels),
        bodyOfOtherModel: () => perform(options, forAnotherModel(options, ofModels)),
      };
    },
  };
}
