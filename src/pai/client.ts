// PAI's read operations as functions on our own types, called with the caller's keys or else the service's. It does
// not know the cache or a view.

import type { FetchContext } from '../domain/call.js';
import { askedBy } from '../domain/caller.js';
import type { CredentialSource } from '../domain/credentials.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Dataset, Model, ModelVersion, Workspace } from '../domain/model.js';
import type { JsonObject } from '../lib/json.js';
import { type AttemptOptions, attemptOnce, type Fetched } from './attempt.js';
import { decodeDataset, decodeDatasetPage } from './decode/dataset.js';
import type { Drift } from './decode/fields.js';
import { decodeModel, decodeModelPage, decodeVersionPage } from './decode/model.js';
import { decodeVersion } from './decode/version.js';
import { decodeWorkspace, decodeWorkspacePage } from './decode/workspace.js';
import type { AttemptTerms, Policy } from './policy.js';
import {
  getDatasetRequest,
  getModelRequest,
  getModelVersionRequest,
  getWorkspaceRequest,
  type ListQuery,
  listPageRequest,
  type PaiRequest,
} from './request.js';
import { canonicalQuery } from './sign.js';

/** null: PAI says that the requested object does not exist. */
type Found<T> = Promise<Fetched<T> | null>;

export interface PaiClient {
  getModel(id: string, context: FetchContext): Found<Model>;
  getVersion(modelId: string, name: string, context: FetchContext): Found<ModelVersion>;
  listModels(list: ListQuery, page: PageNumber, context: FetchContext): Found<Page<Model>>;
  listVersions(
    modelId: string,
    list: ListQuery,
    page: PageNumber,
    context: FetchContext,
  ): Found<Page<ModelVersion>>;
  getWorkspace(id: string, context: FetchContext): Found<Workspace>;
  listWorkspaces(list: ListQuery, page: PageNumber, context: FetchContext): Found<Page<Workspace>>;
  getDataset(id: string, context: FetchContext): Found<Dataset>;
  listDatasets(list: ListQuery, page: PageNumber, context: FetchContext): Found<Page<Dataset>>;
}

interface PaiClientOptions extends AttemptOptions {
  readonly policy: Policy;
  /** The service's. */
  readonly credentials: CredentialSource;
}

/** null: the object is not one of the requested kind. */
type Decode<T> = (body: JsonObject, drift: Drift) => T | null;

export function createPaiClient({ policy, ...options }: PaiClientOptions): PaiClient {
  async function read<T>(request: PaiRequest, decode: Decode<T>, context: FetchContext) {
    const { operation, pathname, query } = request;
    const { caller, ...origin } = askedBy(context);
    const credentials = context.caller.own?.credentials ?? options.credentials;
    const resource = `${pathname}?${canonicalQuery(query)}`;
    const attempt = (terms: AttemptTerms) =>
      attemptOnce(request, options, { ...terms, origin, caller, credentials });
    const found = await policy({ operation, resource, attempt }, context);
    if (found === null) return null;
    const value = decode(found.value, (field, kind) =>
      options.report({ type: 'drift', operation, field, kind, ...askedBy(context) }),
    );
    return value && { ...found, value };
  }

  return {
    getModel: (id, context) =>
      read(
        getModelRequest(id),
        // RequestId belongs to the answer. GetModel does not document Tags: PAI promises nothing about its content.
        ({ RequestId, Tags, ...wire }, drift) => decodeModel(wire, id, drift),
        context,
      ),
    getVersion: (modelId, name, context) =>
      read(
        getModelVersionRequest(modelId, name),
        ({ RequestId, ...wire }, drift) => decodeVersion(wire, modelId, '', drift),
        context,
      ),
    listModels: (list, page, context) =>
      read(listPageRequest(list, page), decodeModelPage, context),
    listVersions: (modelId, list, page, context) =>
      read(
        listPageRequest(list, page),
        (body, drift) => decodeVersionPage(body, modelId, drift),
        context,
      ),
    getWorkspace: (id, context) => read(getWorkspaceRequest(id), decodeWorkspace, context),
    listWorkspaces: (list, page, context) =>
      read(listPageRequest(list, page), decodeWorkspacePage, context),
    getDataset: (id, context) => read(getDatasetRequest(id), decodeDataset, context),
    listDatasets: (list, page, context) =>
      read(listPageRequest(list, page), decodeDatasetPage, context),
  };
}
