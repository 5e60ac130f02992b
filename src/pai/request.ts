// PAI's operations as requests: paths and parameters, before headers and signature.
import type { UpstreamOperation } from '../domain/events.js';
import type { PageNumber } from '../domain/list.js';
import type { ListQuery } from './list-query.js';
import { canonicalQuery, percentEncode } from './sign.js';

export interface PaiRequest {
  readonly operation: UpstreamOperation;
  /** Percent-encoded, segment by segment. */
  readonly pathname: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Equal for equal requests only. */
export function resourceOf({ pathname, query }: PaiRequest): string {
  return `${pathname}?${canonicalQuery(query)}`;
}

export function getModelRequest(id: string): PaiRequest {
  return { operation: 'GetModel', pathname: `/api/v1/models/${percentEncode(id)}`, query: {} };
}

export function getModelVersionRequest(modelId: string, versionName: string): PaiRequest {
  const pathname = `/api/v1/models/${percentEncode(modelId)}/versions/${percentEncode(versionName)}`;
  return { operation: 'GetModelVersion', pathname, query: {} };
}

export function listPageRequest(
  { operation, pathname, query }: ListQuery,
  { number, size }: PageNumber,
): PaiRequest {
  const page = { PageNumber: String(number), PageSize: String(size) };
  return { operation, pathname, query: { ...query, ...page } };
}
