// Calls each of PAI's operations once, without retries, and checks permission, latency and the difference of the
// clocks.
import { AppError } from '../domain/errors.js';
import type { UpstreamOperation } from '../domain/events.js';
import { isLinkedId, isModelId, isVersionName } from '../domain/ids.js';
import type { PageNumber } from '../domain/list.js';
import { isJsonList, isJsonObject, type JsonObject } from '../lib/json.js';
import type { HttpResponse } from '../net/http-client.js';
import { type ClassifiedResponse, classifyResponse } from '../pai/classify.js';
import {
  datasetListQuery,
  getDatasetRequest,
  getModelRequest,
  getModelVersionRequest,
  getWorkspaceRequest,
  listPageRequest,
  modelListQuery,
  type PaiRequest,
  versionListQueries,
  workspaceListQuery,
} from '../pai/request.js';
import { type Finding, fail, ok, skip, warn } from './finding.js';
import { remedyFor } from './remedies.js';

/** One call and its result; the times are in milliseconds since the epoch. */
export interface Call {
  readonly operation: UpstreamOperation;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The Date header; undefined: there was none. */
  readonly date: string | undefined;
  readonly result: ClassifiedResponse;
  /** The object as the list before gave it; undefined: this is a list, or no list named the object. */
  readonly listed?: JsonObject | undefined;
}

/** The size that PAI's own SDK asks for: many items show more of the contract than few. */
const PAGE_SIZE = 50;

export type Send = (request: PaiRequest) => Promise<HttpResponse>;

/** In the order in which they are called, each with the RAM action that allows it. */
const RAM_ACTIONS: Readonly<Record<UpstreamOperation, string>> = {
  ListModels: 'paimodel:ListModels',
  GetModel: 'paimodel:GetModel',
  ListModelVersions: 'paimodel:ListModelVersions',
  GetModelVersion: 'paimodel:GetModelVersion',
  ListWorkspaces: 'paiworkspace:ListWorkspaces',
  GetWorkspace: 'paiworkspace:GetWorkspace',
  ListDatasets: 'paidataset:ListDatasets',
  GetDataset: 'paidataset:GetDataset',
};

const isOperation = (name: string): name is UpstreamOperation => Object.hasOwn(RAM_ACTIONS, name);
/** Only the fields of workspaces and datasets are FORBIDDEN without. */
const isOptional = (operation: UpstreamOperation) =>
  !RAM_ACTIONS[operation].startsWith('paimodel:');

const OPERATIONS = Object.keys(RAM_ACTIONS).filter(isOperation);

/** A line for each operation. `reason`: why none was called; null: the calls say why one is missing. */
export function checkOperations(
  calls: readonly Call[],
  timeoutMs: number,
  reason: string | null,
  isLinked: boolean,
): readonly Finding[] {
  return OPERATIONS.filter((operation) => isLinked || !isOptional(operation)).map((operation) => {
    const call = calls.find((candidate) => candidate.operation === operation);
    return call === undefined
      ? skip(operation, `${reason ?? whyNotCalled(operation, calls)}.`)
      : checkCall(call, timeoutMs);
  });
}

function whyNotCalled(operation: UpstreamOperation, calls: readonly Call[]): string {
  if (operation === 'ListWorkspaces') return 'ListModels was not answered';
  if (operation === 'GetWorkspace' || operation === 'ListDatasets') {
    return 'ListWorkspaces names no workspace';
  }
  if (operation === 'GetDataset') return 'ListDatasets names no dataset';
  const isModelNamed = calls.some((call) => call.operation === 'GetModel');
  return isModelNamed ? 'the model has no version' : 'ListModels names no model';
}

/** Makes one call. `listed`: as for Call. */
type Ask = (request: PaiRequest, listed?: JsonObject) => Promise<Call>;

/** `isLinked`: workspaces and datasets are read. */
export async function callOperations(
  send: Send,
  now: () => number,
  pageSizeMax: number,
  isLinked: boolean,
): Promise<readonly Call[]> {
  const call: Ask = async (request, listed) => ({
    ...(await callOnce(send, now, request)),
    listed,
  });
  const page = { number: 1, size: Math.min(PAGE_SIZE, pageSizeMax) };
  const ofModels = await callModels(call, page);
  // Where the first call fails, the others would fail for the same reason.
  return isLinked && ofModels.some((one) => bodyOf(one) !== null)
    ? [...ofModels, ...(await callLinked(call, page))]
    : ofModels;
}

/** Each call takes its ids from the results before it. */
async function callModels(call: Ask, page: PageNumber): Promise<readonly Call[]> {
  const list = await call(listPageRequest(modelListQuery(), page));
  const models = itemsOf(list, 'Models').filter(({ ModelId }) => isText(ModelId, isModelId));
  // A model with a version allows the versions to be asked for, too.
  const listedModel = models.find((item) => latestNameOf(item) !== null) ?? models[0];
  if (listedModel === undefined) return [list];
  const id = String(listedModel.ModelId);

  const model = await call(getModelRequest(id), listedModel);
  const versions = await call(listPageRequest(versionListQueries()(id), page));
  const listedVersion = itemsOf(versions, 'Versions').find((item) => nameOf(item) !== null);
  const name = (listedVersion && nameOf(listedVersion)) ?? latestNameOf(listedModel);
  if (name === null) return [list, model, versions];
  return [list, model, versions, await call(getModelVersionRequest(id, name), listedVersion)];
}

/** The datasets are those of the first workspace. */
async function callLinked(call: Ask, page: PageNumber): Promise<readonly Call[]> {
  const list = await call(listPageRequest(workspaceListQuery(null), page));
  const ids = itemsOf(list, 'Workspaces').map(({ WorkspaceId }) => WorkspaceId);
  const id = ids.find((candidate) => isText(candidate, isLinkedId));
  if (typeof id !== 'string') return [list];
  const workspaces = [list, await call(getWorkspaceRequest(id))];
  const datasets = await call(listPageRequest(datasetListQuery(id, null), page));
  const found = itemsOf(datasets, 'Datasets').map(({ DatasetId }) => DatasetId);
  const dataset = found.find((candidate) => isText(candidate, isLinkedId));
  return typeof dataset === 'string'
    ? [...workspaces, datasets, await call(getDatasetRequest(dataset))]
    : [...workspaces, datasets];
}

/** The cheapest call that shows whether PAI is reached. */
export function callOneModel(send: Send, now: () => number): Promise<Call> {
  return callOnce(send, now, listPageRequest(modelListQuery(), { number: 1, size: 1 }));
}

async function callOnce(send: Send, now: () => number, request: PaiRequest): Promise<Call> {
  const { operation } = request;
  const startedAt = now();
  try {
    const response = await send(request);
    const { date } = response.headers;
    const result = classifyResponse(response, request);
    return { operation, startedAt, endedAt: now(), date: date?.toString(), result };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const result = { kind: 'failed', error } as const;
    return { operation, startedAt, endedAt: now(), date: undefined, result };
  }
}

/** null: the call has failed. */
export function bodyOf({ result }: Call): JsonObject | null {
  return result.kind === 'found' ? result.body : null;
}

function itemsOf(
  call: Call,
  key: 'Models' | 'Versions' | 'Workspaces' | 'Datasets',
): readonly JsonObject[] {
  const items = bodyOf(call)?.[key] ?? null;
  return isJsonList(items) ? items.filter(isJsonObject) : [];
}

function latestNameOf({ LatestVersion }: JsonObject): string | null {
  return isJsonObject(LatestVersion) ? nameOf(LatestVersion) : null;
}

function nameOf({ VersionName }: JsonObject): string | null {
  return isText(VersionName, isVersionName) ? VersionName : null;
}

function isText(value: unknown, hasForm: (text: string) => boolean): value is string {
  return typeof value === 'string' && hasForm(value);
}

const SLOW_MS = 2000;
const GONE = 'the object that a list has just named no longer exists. Run this again.';

export function checkCall(
  { operation, result, startedAt, endedAt }: Call,
  timeoutMs: number,
): Finding {
  if (result.kind === 'failed') return explainFailure(operation, result.error, timeoutMs);
  if (result.kind === 'not_found') return skip(operation, GONE);
  const ms = Math.round(endedAt - startedAt);
  if (ms <= Math.min(SLOW_MS, timeoutMs / 2)) return ok(operation, `allowed, ${ms} ms`);
  return warn(
    operation,
    `allowed, but slow: ${ms} ms. Run near the region, with PAI_NETWORK=vpc where you can, or raise UPSTREAM_TIMEOUT_MS.`,
  );
}

function explainFailure(operation: UpstreamOperation, error: AppError, timeoutMs: number): Finding {
  const { upstreamCode, upstreamRequestId } = error.details;
  const references = [
    upstreamCode && `PAI’s code ${upstreamCode}`,
    upstreamRequestId && `request ${upstreamRequestId}`,
  ].filter(Boolean);
  const suffix = references.length > 0 ? ` (${references.join(', ')})` : '';
  const text = `${explain(operation, error, timeoutMs)}${suffix}`;
  // Other clients of the account have spent the quota: nothing on our side is wrong.
  if (error.code === 'RATE_LIMITED') return skip(operation, text);
  return error.code === 'FORBIDDEN' && isOptional(operation)
    ? warn(operation, text)
    : fail(operation, text);
}

function explain(operation: UpstreamOperation, error: AppError, timeoutMs: number): string {
  switch (error.code) {
    case 'FORBIDDEN':
      return `no permission. Allow the RAM action ${RAM_ACTIONS[operation]}, and give the account a role in the workspace.`;
    case 'UPSTREAM_TIMEOUT':
      return `no answer within ${timeoutMs} ms. Check the network and PAI_NETWORK, or raise UPSTREAM_TIMEOUT_MS.`;
    case 'UPSTREAM_UNAVAILABLE':
      return `${error.message} ${remedyFor(error, 'Check the network, PAI_REGION, PAI_NETWORK and PAI_ENDPOINT.')}`;
    case 'UPSTREAM_REJECTED':
      return explainRejection(error.details.upstreamCode ?? '');
    case 'RATE_LIMITED':
      return 'PAI throttles, the quota of the account is spent elsewhere. Run this again.';
    case 'UPSTREAM_INVALID':
      return 'answered in a shape that this version does not know. Update it, or report this line.';
    case 'BAD_USER_INPUT':
      return 'PAI refused an argument that it documents. Report this line.';
    default:
      return 'it failed.';
  }
}

/** The first match applies: the code of an expired token also names the key. */
const REJECTIONS: readonly (readonly [RegExp, string])[] = [
  [/SecurityToken/, 'PAI refuses the security token: it is wrong or expired. Get a new one.'],
  [/AccessKey/, 'PAI does not know the access key, or it is off. Check its id.'],
  [/Time[Ss]tamp|Date/, 'PAI refuses our date. See the line of the clock.'],
  [/Signature/, 'PAI refuses the signature. Check the secret of the access key.'],
];

function explainRejection(upstreamCode: string): string {
  const known = REJECTIONS.find(([pattern]) => pattern.test(upstreamCode));
  return known?.[1] ?? 'PAI refused the request. Check PAI_REGION and PAI_ENDPOINT.';
}

const DOUBTFUL_SKEW_MS = 30_000;
/** PAI refuses a signature that is further than this from its own time. */
const REFUSED_SKEW_MS = 15 * 60_000;
/** The header has whole seconds: on average it is half a second behind. */
const HALF_SECOND_MS = 500;

/** The skew by the fastest call, which is the most exact; above zero: our clock is ahead. null: no call had a date. */
export function clockSkewMs(
  calls: readonly Pick<Call, 'startedAt' | 'endedAt' | 'date'>[],
): number | null {
  const skews = calls
    .map(({ startedAt, endedAt, date }) => ({
      tookMs: endedAt - startedAt,
      skewMs: (startedAt + endedAt) / 2 - (Date.parse(date ?? '') + HALF_SECOND_MS),
    }))
    .filter(({ skewMs }) => Number.isFinite(skewMs))
    .sort((one, other) => one.tookMs - other.tookMs);
  return skews[0]?.skewMs ?? null;
}

export function checkClock(skewMs: number | null): Finding {
  if (skewMs === null) return skip('clock', 'no answer of PAI had a date.');
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= DOUBTFUL_SKEW_MS) {
    return ok('clock', `within ${Math.max(1, seconds)} s of PAI’s`);
  }
  const words = `${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} PAI’s. Synchronise it (NTP)`;
  return Math.abs(skewMs) < REFUSED_SKEW_MS
    ? warn('clock', `${words} before it is 15 minutes off, when PAI refuses every call.`)
    : fail('clock', `${words}: from 15 minutes on PAI refuses every call.`);
}
