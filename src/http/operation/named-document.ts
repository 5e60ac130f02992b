// Puts the text of a document into a request that only names it, so that Apollo sees only texts that it may
// run and its own persisted queries. The gate decides which texts may run.
import type { HTTPGraphQLRequest } from '@apollo/server';
import { parseJson } from '../../domain/json.js';
import { isJsonObject } from '../../domain/model.js';
import type {
  DocumentGate,
  NamedDocumentRequest,
} from '../../graphql/trusted-documents/document-gate.js';
import type { RefusalReason } from '../../graphql/trusted-documents/resolve-document.js';

export type WithDocument =
  | { readonly kind: 'request'; readonly request: HTTPGraphQLRequest }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

export function withDocument(request: HTTPGraphQLRequest, gate: DocumentGate): WithDocument {
  const isGet = request.method === 'GET';
  const parameters = new URLSearchParams(isGet ? request.search : '');
  if (namesTwice(parameters)) return { kind: 'refused', reason: 'ambiguous' };
  const asked = isGet ? readSearch(parameters) : readBody(request.body);
  const resolved = gate(asked);
  if (resolved.kind === 'refused') return resolved;
  if (resolved.kind !== 'run') return { kind: 'request', request };
  const { query } = resolved;
  if (isText(asked, query)) return { kind: 'request', request };
  const named = isGet
    ? { ...request, search: writeSearch(request.search, query) }
    : { ...request, body: writeBody(request.body, query) };
  return { kind: 'request', request: named };
}

/** Of two values with one name, it is not clear which one counts. */
function namesTwice(parameters: URLSearchParams): boolean {
  return NAMES.some((name) => parameters.getAll(name).length > 1);
}

const NAMES = ['query', 'documentId', 'extensions'];

/** True: the request holds only the text, so its search is not rewritten, which took 17 µs. */
function isText(asked: NamedDocumentRequest, query: string): boolean {
  const { documentId = null, extensions = null } = asked;
  return asked.query === query && documentId === null && extensions === null;
}

function readSearch(parameters: URLSearchParams): NamedDocumentRequest {
  return {
    query: parameters.get('query'),
    documentId: parameters.get('documentId'),
    operationName: parameters.get('operationName'),
    // Apollo reports a value that is not JSON.
    extensions: parseJson(parameters.get('extensions') ?? 'null'),
  };
}

function readBody(body: unknown): NamedDocumentRequest {
  return isJsonObject(body) ? body : {};
}

function writeSearch(search: string, query: string): string {
  const parameters = new URLSearchParams(search);
  const extensions = parseJson(parameters.get('extensions') ?? '');
  parameters.set('query', query);
  parameters.delete('documentId');
  if (isJsonObject(extensions)) {
    parameters.set('extensions', JSON.stringify(withoutPersistedQuery(extensions)));
  }
  return `?${parameters}`;
}

function writeBody(body: unknown, query: string): unknown {
  if (!isJsonObject(body)) return body;
  const { documentId: _, extensions, ...rest } = body;
  if (extensions === undefined) return { ...rest, query };
  return { ...rest, query, extensions: withoutPersistedQuery(extensions) };
}

/** Apollo would compare the text with its hash, and a manifest may have ids of another kind. */
function withoutPersistedQuery(extensions: unknown): unknown {
  if (!isJsonObject(extensions)) return extensions;
  const { persistedQuery: _, ...rest } = extensions;
  return rest;
}
