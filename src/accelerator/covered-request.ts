// Reads the plain requests that the accelerator may answer: one operation and nothing else. Any request that Apollo may
// treat differently is not covered. The document has been admitted before.
import type { MediaType } from '../graphql/context.js';
import type { GraphqlRequest } from '../graphql/execute.js';
import { isJsonObject, parseJson } from '../lib/json.js';
import { isSha256 } from '../lib/sha256.js';

export interface CoveredRequest {
  /** The text of the document, or `sha256:` and the hash under which Apollo knows it. */
  readonly document: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly mediaType: MediaType;
}

type Params = Readonly<Record<string, unknown>>;

/** null: Apollo answers it. */
export function readCovered(request: GraphqlRequest): CoveredRequest | null {
  const { method, mediaType, search, body } = request;
  const params = method === 'GET' ? readSearch(search) : body;
  if (!isJsonObject(params)) return null;
  const document = documentOf(params);
  // An empty name is none.
  const operationName =
    params.operationName === '' ? undefined : (params.operationName ?? undefined);
  const variables = params.variables ?? {};
  if (operationName !== undefined && typeof operationName !== 'string') return null;
  if (!document || !isJsonObject(variables)) return null;
  return { document, operationName, variables, mediaType };
}

const TEXT_PARAMS = ['query', 'operationName'];
const JSON_PARAMS = ['variables', 'extensions'];

/** The parameters as a body has them; null: Apollo reports an error. */
function readSearch(search: string): Params | null {
  const params: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(search)) {
    const isJson = JSON_PARAMS.includes(name);
    if (!isJson && !TEXT_PARAMS.includes(name)) continue;
    const value = isJson ? parseJson(text) : text;
    // Unlike in a body, `null` is not accepted for an object.
    if (Object.hasOwn(params, name) || (isJson && !isJsonObject(value))) return null;
    params[name] = value;
  }
  return params;
}

function documentOf({ query = null, extensions = null }: Params): string | null {
  // The extensions are empty where the hash of a persisted document was replaced by its text.
  if (extensions === null || isEmpty(extensions)) return typeof query === 'string' ? query : null;
  // Apollo stores a text that comes with its hash.
  return query === null ? hashOf(extensions) : null;
}

function isEmpty(extensions: unknown): boolean {
  return isJsonObject(extensions) && Object.keys(extensions).length === 0;
}

/** null: the extensions have something else, or more than a hash. */
function hashOf(extensions: unknown): string | null {
  if (!isJsonObject(extensions) || Object.keys(extensions).length > 1) return null;
  const { persistedQuery } = extensions;
  if (!isJsonObject(persistedQuery) || persistedQuery.version !== 1) return null;
  const { sha256Hash } = persistedQuery;
  return typeof sha256Hash === 'string' && isSha256(sha256Hash) ? `sha256:${sha256Hash}` : null;
}
