// Decides whether the document of a request may run, by the mode, the manifest and its size, and puts the text of a
// document into a request that only names it: Apollo sees only texts that it may run and its own persisted queries.
import { ERRORS } from '../../domain/errors.js';
import type { Report } from '../../domain/events.js';
import { isJsonObject, parseJson } from '../../lib/json.js';
import { isSha256, sha256 } from '../../lib/sha256.js';
import type { GraphqlRequest } from '../execute.js';
import { publicExtensions } from '../format-error.js';
import type { DocumentCheck } from '../limits/document-check.js';
import type { TrustedDocuments } from './manifest.js';
import type { ReportUntrusted } from './untrusted-documents.js';

/**
 * `off`: any text runs. `log`: any text runs, and one that is not trusted is reported. `only`: only texts in the
 * manifest run.
 */
export type TrustMode = 'off' | 'log' | 'only';

export interface DocumentRules {
  readonly mode: TrustMode;
  readonly documents: TrustedDocuments;
  readonly checkDocument: DocumentCheck;
  readonly report: Report;
  readonly reportUntrusted: ReportUntrusted;
}

type Admission = { readonly kind: 'admitted'; readonly request: GraphqlRequest } | Refusal;

interface Refusal {
  readonly kind: 'refused';
  readonly status: number;
  /** True: the request has this status in both media types, since its document is not looked at. */
  readonly isMalformed: boolean;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function admitDocument(request: GraphqlRequest, rules: DocumentRules): Admission {
  const { checkDocument, report } = rules;
  const { requestId, span } = request;
  const named = readDocument(request);
  if (named === null) return REFUSALS.ambiguous;
  const resolved = resolveDocument(named, rules);
  if (resolved.kind === 'refused') {
    const { code } = resolved;
    if (code === 'FORBIDDEN') report({ type: 'refusal', requestId, span, code });
    return resolved;
  }
  const { query } = resolved;
  const tooLarge = query === null ? null : checkDocument(query);
  if (tooLarge !== null) {
    report({ type: 'refusal', requestId, span, code: tooLarge.code });
    const { code, ...details } = publicExtensions(tooLarge);
    const { httpStatus } = ERRORS[tooLarge.code];
    return {
      ...refusal(httpStatus, tooLarge.code, tooLarge.message, details),
      isMalformed: false,
    };
  }
  const isReported = rules.mode === 'log' && !isTrusted(resolved);
  if (isReported) reportUntrusted(resolved, request, named, rules);
  const isText = named.query === query && !named.extensions;
  // A cached response would not be reported.
  const admitted = isReported ? { ...request, cacheKey: null } : request;
  if (resolved.kind === 'left_to_apollo' || isText) return { kind: 'admitted', request: admitted };
  return { kind: 'admitted', request: withText(admitted, resolved.query) };
}

function refusal(status: number, code: string, message: string, details = {}): Refusal {
  return { kind: 'refused', status, isMalformed: true, code, message, details };
}

const REFUSALS = {
  ambiguous: refusal(
    400,
    'BAD_REQUEST',
    'A request names its document once: by `documentId`, by `persistedQuery` or by its text.',
  ),
  malformed: refusal(
    400,
    'BAD_REQUEST',
    '`documentId` and the hash of `persistedQuery` must be texts.',
  ),
  mismatch: refusal(
    400,
    'BAD_REQUEST',
    'The document does not have the hash that the request names.',
  ),
  unknown: {
    ...refusal(400, 'PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound'),
    isMalformed: false,
  },
  untrusted: refusal(403, 'FORBIDDEN', 'Only trusted documents are run here.'),
};

/** The request as the client sent it, with values of any type. */
interface NamedDocument {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
}

type ResolvedDocument =
  /** This text runs, regardless of the rest of the request. */
  | { readonly kind: 'run'; readonly query: string; readonly isTrusted: boolean }
  | {
      /** A malformed request, for which it has an error, or one of its own automatic persisted queries. */
      readonly kind: 'left_to_apollo';
      readonly query: string | null;
      /** Apollo knows it, or stores it with the text; null: the request is malformed. */
      readonly hash: string | null;
    };

function resolveDocument(request: NamedDocument, rules: DocumentRules): ResolvedDocument | Refusal {
  const { mode, documents } = rules;
  const query = request.query ?? undefined;
  const documentId = request.documentId ?? undefined;
  const hash = persistedHashOf(request.extensions);
  if (documentId !== undefined) {
    if (query !== undefined || hash !== undefined) return REFUSALS.ambiguous;
    return resolveId(documentId, documents);
  }
  if (hash !== undefined) return resolveHash(hash, query, rules);
  if (typeof query === 'string') return resolveText(query, rules);
  return mode === 'only' ? REFUSALS.untrusted : { kind: 'left_to_apollo', query: null, hash: null };
}

function resolveId(id: unknown, documents: TrustedDocuments): ResolvedDocument | Refusal {
  if (typeof id !== 'string') return REFUSALS.malformed;
  const known = documents.byId(id);
  return known === undefined ? REFUSALS.unknown : run(known, true);
}

function resolveText(query: string, { mode, documents }: DocumentRules) {
  const isTrusted = documents.isTrusted(query);
  return mode === 'only' && !isTrusted ? REFUSALS.untrusted : run(query, isTrusted);
}

function resolveHash(
  hash: unknown,
  query: unknown,
  rules: DocumentRules,
): ResolvedDocument | Refusal {
  if (typeof hash !== 'string') return REFUSALS.malformed;
  const { mode, documents } = rules;
  const known = documents.byId(hash);
  if (known === undefined && !isSha256(hash)) return REFUSALS.unknown;
  if (typeof query === 'string') {
    if (query !== known && sha256(query) !== hash) return REFUSALS.mismatch;
    if (known !== undefined || mode === 'only') return resolveText(query, rules);
    return { kind: 'left_to_apollo', query, hash };
  }
  if (known !== undefined) return run(known, true);
  return mode === 'only' ? REFUSALS.unknown : { kind: 'left_to_apollo', query: null, hash };
}

/** undefined: the request does not name one. */
function persistedHashOf(extensions: unknown): unknown {
  const persisted = isJsonObject(extensions) ? (extensions.persistedQuery ?? undefined) : undefined;
  if (persisted === undefined) return undefined;
  return isJsonObject(persisted) && persisted.version === 1 ? (persisted.sha256Hash ?? null) : null;
}

function run(query: string, isTrusted: boolean): ResolvedDocument {
  return { kind: 'run', query, isTrusted };
}

function isTrusted(resolved: ResolvedDocument): boolean {
  return resolved.kind === 'run' && resolved.isTrusted;
}

function reportUntrusted(
  resolved: ResolvedDocument,
  request: GraphqlRequest,
  { operationName }: NamedDocument,
  rules: DocumentRules,
): void {
  const { query: text } = resolved;
  const hash = resolved.kind === 'run' ? sha256(resolved.query) : resolved.hash;
  if (hash !== null) rules.reportUntrusted(request, { hash, text, operationName });
}

/** null: of two values with one name, it is not clear which one counts. */
function readDocument({ method, search, body }: GraphqlRequest): NamedDocument | null {
  if (method !== 'GET') return isJsonObject(body) ? body : {};
  const params = new URLSearchParams(search);
  const names = ['query', 'documentId', 'extensions'];
  if (names.some((name) => params.getAll(name).length > 1)) return null;
  return {
    query: params.get('query'),
    documentId: params.get('documentId'),
    operationName: params.get('operationName'),
    // Apollo reports a value that is not JSON.
    extensions: parseJson(params.get('extensions') ?? 'null'),
  };
}

function withText(request: GraphqlRequest, query: string): GraphqlRequest {
  const { method, search, body } = request;
  if (method === 'GET') return { ...request, search: writeSearch(search, query) };
  if (!isJsonObject(body)) return request;
  const { documentId: _, extensions, ...rest } = body;
  const kept = extensions === undefined ? {} : { extensions: withoutPersistedQuery(extensions) };
  return { ...request, body: { ...rest, query, ...kept } };
}

function writeSearch(search: string, query: string): string {
  const params = new URLSearchParams(search);
  const extensions = parseJson(params.get('extensions') ?? '');
  params.set('query', query);
  params.delete('documentId');
  if (isJsonObject(extensions)) {
    params.set('extensions', JSON.stringify(withoutPersistedQuery(extensions)));
  }
  return `?${params}`;
}

/** Apollo would compare the text with its hash, and a manifest may have ids of another kind. */
function withoutPersistedQuery(extensions: unknown): unknown {
  if (!isJsonObject(extensions)) return extensions;
  const { persistedQuery: _, ...rest } = extensions;
  return rest;
}
