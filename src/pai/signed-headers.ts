// The headers of one attempt, with a new date, nonce and signature each time.
import type { Credentials } from '../domain/credentials.js';
import type { PaiRequest } from './request.js';
import { authorization, sha256Hex } from './sign.js';

const API_VERSION = '2021-02-04';
const EMPTY_BODY_HASH = sha256Hex('');

export interface Stamp {
  readonly now: Date;
  /** Unique per attempt: PAI refuses a nonce that it has seen. */
  readonly nonce: string;
}

export function signedHeaders(
  request: PaiRequest,
  host: string,
  credentials: Credentials,
  stamp: Stamp,
): Record<string, string> {
  const headers: Record<string, string> = {
    host,
    'x-acs-action': request.operation,
    'x-acs-version': API_VERSION,
    'x-acs-date': stamp.now.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    'x-acs-signature-nonce': stamp.nonce,
    'x-acs-content-sha256': EMPTY_BODY_HASH,
  };
  if (credentials.securityToken !== undefined) {
    headers['x-acs-security-token'] = credentials.securityToken;
  }
  const { pathname, query } = request;
  const input = { method: 'GET', pathname, query, headers, payloadHash: EMPTY_BODY_HASH };
  // Added to the same object: after a spread into another object, each copy would look up the names in a table.
  headers.authorization = authorization(
    input,
    credentials.accessKeyId,
    credentials.accessKeySecret,
  );
  headers.accept = 'application/json';
  headers['user-agent'] = 'pai-model-graph';
  return headers;
}
