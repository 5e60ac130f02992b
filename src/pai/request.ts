// PAI's operations as requests: paths, parameters and the shape of their answers, before headers and signature.
import type { UpstreamOperation } from '../domain/events.js';
import type { PageNumber } from '../domain/list.js';
import { doubleOf, type JsonObject } from '../lib/json.js';
import type { ListQuery } from './list-query.js';
import { canonicalQuery, percentEncode } from './sign.js';

export interface PaiRequest {
  readonly operation: UpstreamOperation;
  /** Percent-encoded, segment by segment. */
  readonly pathname: string;
  readonly query: Readonly<Record<string, string>>;
  /** Whether a successful response answers this request: a response for another id does not. */
  readonly isAnswer: (body: JsonObject) => boolean;
}

/** Equal for equal requests only. */
export function resourceOf({ pathname, query }: PaiRequest): string {
  return `${pathname}?${canonicalQuery(query)}`;
}

export function getModelRequest(id: string): PaiRequest {
  return {
    operation: 'GetModel',
    pathname: `/api/v1/models/${percentEncode(id)}`,
    query: {},
    isAnswer: ({ ModelId }) => ModelId === id,
  };
}

export function getModelVersionRequest(modelId: string, versionName: string): PaiRequest {
  return {
    operation: 'GetModelVersion',
    pathname: `/api/v1/models/${percentEncode(modelId)}/versions/${percentEncode(versionName)}`,
    query: {},
    isAnswer: ({ VersionName }) => VersionName === versionName,
  };
}

export function listPageRequest(
  { operation, pathname, query }: ListQuery,
  { number, size }: PageNumber,
): PaiRequest {
  const key = operation === 'ListModels' ? 'Models' : 'Versions';
  return {
    operation,
    pathname,
    query: { ...query, PageNumber: String(number), PageSize: String(size) },
    isAnswer: (body) => isPageOf(key, body),
  };
}

/** The items may be absent when the page is empty; a list contains at least one of its two parts. */
export function isPageOf(key: 'Models' | 'Versions', body: JsonObject): boolean {
  const items = body[key] ?? null;
  return Array.isArray(items) || (items === null && doubleOf(body.TotalCount) !== undefined);
}
