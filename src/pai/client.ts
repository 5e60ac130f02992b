// PAI's read operations as functions on our own types, called with the caller's keys or else the service's. It does
// not know the cache or a view.
import type { FetchContext } from '../domain/call.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { JsonObject, Model, ModelVersion } from '../domain/model.js';
import { type AttemptOptions, attemptOnce, type Whole } from './attempt.js';
import type { Attempt } from './course.js';
import type { Drift } from './decode/fields.js';
import { decodeModel } from './decode/model.js';
import { decodeModelPage, decodeVersionPage, isPageOf } from './decode/page.js';
import { decodeVersion } from './decode/version.js';
import type { ListQuery } from './list-query.js';
import type { Policy } from './policy.js';
import {
  getModelRequest,
  getModelVersionRequest,
  listPageRequest,
  type PaiRequest,
  resourceOf,
} from './request.js';

export interface Fetched<T> {
  readonly value: T;
  readonly requestId: string | null;
  /** By the monotonic clock. */
  readonly fetchedAt: number;
}

/** null: PAI says that the requested object does not exist. */
export interface PaiClient {
  getModel(id: string, context: FetchContext): Promise<Fetched<Model> | null>;
  getVersion(
    modelId: string,
    name: string,
    context: FetchContext,
  ): Promise<Fetched<ModelVersion> | null>;
  listModels(
    list: ListQuery,
    page: PageNumber,
    context: FetchContext,
  ): Promise<Fetched<Page<Model>> | null>;
  listVersions(
    modelId: string,
    list: ListQuery,
    page: PageNumber,
    context: FetchContext,
  ): Promise<Fetched<Page<ModelVersion>> | null>;
}

export interface PaiClientOptions extends AttemptOptions {
  readonly policy: Policy;
}

/** `decode` gives null for a body that turns out not to be an answer of its operation. */
interface Question<T> {
  readonly request: PaiRequest;
  readonly isAnswer: (body: JsonObject) => boolean;
  readonly decode: (body: JsonObject, drift: Drift) => T | null;
}

export function createPaiClient({ policy, ...options }: PaiClientOptions): PaiClient {
  async function ask<T>(question: Question<T>, context: FetchContext): Promise<Fetched<T> | null> {
    const { request, isAnswer, decode } = question;
    const credentials = context.caller.own?.credentials ?? options.credentials;
    const { requestId } = context;
    const attempt: Attempt<Whole | null> = (sent) =>
      attemptOnce(request, isAnswer, { ...options, credentials }, { ...sent, requestId });
    const asked = { operation: request.operation, resource: resourceOf(request) };
    const whole: Whole | null = await policy.run(asked, attempt, context);
    if (whole === null) return null;
    const value = decode(whole.body, driftOf(request.operation, options.report));
    return value && { value, requestId: whole.requestId, fetchedAt: whole.fetchedAt };
  }

  return {
    getModel: (id, context) => ask(modelQuestion(id), context),
    getVersion: (modelId, name, context) => ask(versionQuestion(modelId, name), context),
    listModels: (list, page, context) =>
      ask(
        {
          request: listPageRequest(list, page),
          isAnswer: (body) => isPageOf('Models', body),
          decode: decodeModelPage,
        },
        context,
      ),
    listVersions: (modelId, list, page, context) =>
      ask(
        {
          request: listPageRequest(list, page),
          isAnswer: (body) => isPageOf('Versions', body),
          decode: (body, drift) => decodeVersionPage(body, modelId, drift),
        },
        context,
      ),
  };
}

/** An answer for another id than the requested one does not count as an answer. */
function modelQuestion(id: string): Question<Model> {
  return {
    request: getModelRequest(id),
    isAnswer: (body) => body.ModelId === id,
    // RequestId belongs to the answer. GetModel does not document Tags: PAI promises nothing about its content.
    decode: ({ RequestId, Tags, ...wire }, drift) => decodeModel(wire, id, drift),
  };
}

function versionQuestion(modelId: string, name: string): Question<ModelVersion> {
  return {
    request: getModelVersionRequest(modelId, name),
    isAnswer: (body) => body.VersionName === name,
    decode: ({ RequestId, ...wire }, drift) => decodeVersion(wire, modelId, '', drift),
  };
}

function driftOf(operation: UpstreamOperation, report: Report): Drift {
  return (field, kind) => report({ type: 'drift', operation, field, kind });
}
