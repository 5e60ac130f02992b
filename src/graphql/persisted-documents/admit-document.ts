// Decides whether the document of a request may run, by the gate and by its size, and puts the text of a document into
// a request that only names it: Apollo sees only texts that it may run and its own persisted queries.
import { ERRORS } from '../../domain/errors.js';
import type { Report } from '../../domain/events.js';
import { isJsonObject, parseJson } from '../../lib/json.js';
import type { GraphqlRequest } from '../execute.js';
import { publicExtensions } from '../format-error.js';
import type { DocumentCheck } from '../limits/document-check.js';
import type { DocumentGate, NamedDocumentRequest } from './document-gate.js';
import { REFUSALS, type RefusalReason } from './resolve-document.js';

export type Admission =
  | { readonly kind: 'admitted'; readonly request: GraphqlRequest }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };

export interface DocumentRules {
  readonly gate: DocumentGate;
  readonly checkDocument: DocumentCheck;
  readonly report: Report;
}

export function admitDocument(
  request: GraphqlRequest,
  { gate, checkDocument, report }: DocumentRules,
): Admission {
  const { requestId } = request;
  const named = withDocument(request, gate);
  if (named.kind === 'refused') {
    const { status, code } = REFUSED[named.reason];
    if (code === 'FORBIDDEN') report({ type: 'refusal', requestId, code });
    return { kind: 'refused', status, code, message: REFUSALS[named.reason], details: {} };
  }
  const tooLarge = named.query === null ? null : checkDocument(named.query);
  if (tooLarge === null) return { kind: 'admitted', request: named.request };
  report({ type: 'refusal', requestId, code: tooLarge.code });
  const { code, ...details } = publicExtensions(tooLarge);
  const { httpStatus: status } = ERRORS[tooLarge.code];
  return { kind: 'refused', status, code: tooLarge.code, message: tooLarge.message, details };
}

const WRONG = { status: 400, code: 'BAD_REQUEST' } as const;
const REFUSED = {
  ambiguous: WRONG,
  malformed: WRONG,
  mismatch: WRONG,
  unknown: { status: 400, code: 'PERSISTED_QUERY_NOT_FOUND' },
  untrusted: { status: 403, code: 'FORBIDDEN' },
} as const satisfies Record<RefusalReason, { status: number; code: string }>;

export type WithDocument =
  | {
      readonly kind: 'request';
      readonly request: GraphqlRequest;
      /** null: the request has no text that could be checked. */
      readonly query: string | null;
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

export function withDocument(request: GraphqlRequest, gate: DocumentGate): WithDocument {
  const isGet = request.method === 'GET';
  const search = new URLSearchParams(isGet ? request.search : '');
  if (namesTwice(search)) return { kind: 'refused', reason: 'ambiguous' };
  const asked = isGet ? readSearch(search) : readBody(request.body);
  const resolved = gate(asked);
  if (resolved.kind === 'refused') return resolved;
  if (resolved.kind !== 'run') {
    const { query } = asked;
    return { kind: 'request', request, query: typeof query === 'string' ? query : null };
  }
  const { query } = resolved;
  if (isText(asked, query)) return { kind: 'request', request, query };
  const named = isGet
    ? { ...request, search: writeSearch(search, query) }
    : { ...request, body: writeBody(request.body, query) };
  return { kind: 'request', request: named, query };
}

/** Of two values with one name, it is not clear which one counts. */
function namesTwice(search: URLSearchParams): boolean {
  return NAMES.some((name) => search.getAll(name).length > 1);
}

const NAMES = ['query', 'documentId', 'extensions'];

/** The request has the text and no other name: it stays as it is. */
function isText(asked: NamedDocumentRequest, query: string): boolean {
  const { documentId = null, extensions = null } = asked;
  return asked.query === query && documentId === null && extensions === null;
}

function readSearch(search: URLSearchParams): NamedDocumentRequest {
  return {
    query: search.get('query'),
    documentId: search.get('documentId'),
    operationName: search.get('operationName'),
    // Apollo reports a value that is not JSON.
    extensions: parseJson(search.get('extensions') ?? 'null'),
  };
}

function readBody(body: unknown): NamedDocumentRequest {
  return isJsonObject(body) ? body : {};
}

function writeSearch(search: URLSearchParams, query: string): string {
  const named = new URLSearchParams(search);
  const extensions = parseJson(search.get('extensions') ?? '');
  named.set('query', query);
  named.delete('documentId');
  if (isJsonObject(extensions)) {
    named.set('extensions', JSON.stringify(withoutPersistedQuery(extensions)));
  }
  return `?${named}`;
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
