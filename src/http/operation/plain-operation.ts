// The operation of an admitted request that holds one operation and nothing else; any request that Apollo might
// treat differently is left to Apollo. It does not check what may run: admitDocument() does that before.
import type { HTTPGraphQLRequest } from '@apollo/server';
import { parseJson } from '../../domain/json.js';
import { isJsonObject } from '../../domain/model.js';
import type { PersistedQueryCache } from '../../graphql/persisted-query-cache.js';
import { isSha256 } from '../../graphql/trusted-documents/manifest.js';

export interface PlainOperation {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Has `search` for a GET, and `body` for a POST. */
export type AdmittedRequest = Pick<HTTPGraphQLRequest, 'method' | 'search' | 'body'>;

export type PersistedTexts = Pick<PersistedQueryCache, 'byHash'>;

type Fields = Readonly<Record<string, unknown>>;

/** null: the request is not a plain operation, given by its text or by a hash that Apollo knows. */
export function plainOperation(
  { method, search, body }: AdmittedRequest,
  texts: PersistedTexts,
): PlainOperation | null {
  const fields = method === 'GET' ? readSearch(search) : body;
  if (!isJsonObject(fields)) return null;
  const { operationName = null, variables = null } = fields;
  if (operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== null && !isJsonObject(variables)) return null;
  const query = textOf(fields, texts);
  if (!query) return null;
  return { query, operationName: operationName ?? undefined, variables: variables ?? {} };
}

const IN_TEXT = ['query', 'operationName'];
const IN_JSON = ['variables', 'extensions'];

/** The fields as a body would hold them; null: Apollo has to report an error. */
function readSearch(search: string): Fields | null {
  const fields: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(search)) {
    const isJson = IN_JSON.includes(name);
    if (!isJson && !IN_TEXT.includes(name)) continue;
    const value = isJson ? parseJson(text) : text;
    // Unlike in a body, `null` is not accepted for an object.
    if (Object.hasOwn(fields, name) || (isJson && !isJsonObject(value))) return null;
    fields[name] = value;
  }
  return fields;
}

function textOf({ query = null, extensions = null }: Fields, texts: PersistedTexts): string | null {
  // The extensions are empty after a hash of the manifest was replaced by its text.
  if (extensions === null || isEmpty(extensions)) return typeof query === 'string' ? query : null;
  // When the request has a text and a hash, Apollo has to store them.
  const hash = query === null ? hashOf(extensions) : null;
  return hash === null ? null : (texts.byHash(hash) ?? null);
}

function isEmpty(extensions: unknown): boolean {
  return isJsonObject(extensions) && Object.keys(extensions).length === 0;
}

/** null: the extensions hold something else, or more than a hash. */
function hashOf(extensions: unknown): string | null {
  if (!isJsonObject(extensions) || Object.keys(extensions).length > 1) return null;
  const { persistedQuery } = extensions;
  if (!isJsonObject(persistedQuery) || persistedQuery.version !== 1) return null;
  const { sha256Hash } = persistedQuery;
  return typeof sha256Hash === 'string' && isSha256(sha256Hash) ? sha256Hash : null;
}
