// PAI's operations as requests: paths and parameters, before headers and signature.
import type { UpstreamOperation } from '../domain/events.js';
import { percentEncode } from './sign.js';

export interface PaiRequest {
  readonly operation: UpstreamOperation;
  /** Percent-encoded, segment by segment. */
  readonly pathname: string;
  readonly query: Readonly<Record<string, string>>;
}

export function getModelRequest(id: string): PaiRequest {
  return { operation: 'GetModel', pathname: `/api/v1/models/${percentEncode(id)}`, query: {} };
}
