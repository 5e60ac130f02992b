// Finds the document that a request means, and decides whether it may run. Pure; it does not parse GraphQL.
import { isJsonObject } from '../../lib/json.js';
import { isSha256, sha256Of, type TrustedDocuments } from './manifest.js';

/**
 * `off`: any text runs. `log`: any text runs, and one that is not trusted is reported. `only`: only texts in the
 * manifest run.
 */
export type TrustMode = 'off' | 'log' | 'only';

/** The request as the client sent it, with values of any type. */
export interface DocumentRequest {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

export type RefusalReason = keyof typeof REFUSALS;

export type ResolvedDocument =
  | {
      /** This text runs, regardless of the rest of the request. */
      readonly kind: 'run';
      readonly query: string;
      readonly isTrusted: boolean;
    }
  | {
      /** Apollo's automatic persisted queries: Apollo knows the hash, or stores it with the text. */
      readonly kind: 'apq';
      readonly hash: string;
    }
  /** The request names no document at all, or is malformed in a way that Apollo has an error for. */
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/** Messages for the client. */
export const REFUSALS = {
  ambiguous:
    'A request names its document once: by `documentId`, by `persistedQuery` or by its text.',
  malformed: '`documentId` and the hash of `persistedQuery` must be texts.',
  mismatch: 'The document does not have the hash that the request names.',
  unknown: 'PersistedQueryNotFound',
  untrusted: 'Only trusted documents are run here.',
} as const;

export function resolveDocument(
  request: DocumentRequest,
  mode: TrustMode,
  documents: TrustedDocuments,
): ResolvedDocument {
  const query = request.query ?? undefined;
  const documentId = request.documentId ?? undefined;
  const persisted = persistedHashOf(request.extensions);
  if (documentId !== undefined) {
    if (query !== undefined || persisted !== undefined) return refused('ambiguous');
    return typeof documentId === 'string' ? byId(documentId, documents) : refused('malformed');
  }
  if (persisted !== undefined) return byPersistedHash(persisted, query, mode, documents);
  if (typeof query !== 'string') return mode === 'only' ? refused('untrusted') : { kind: 'none' };
  return byText(query, mode, documents);
}

function byId(id: string, documents: TrustedDocuments): ResolvedDocument {
  const query = documents.byId(id);
  return query === undefined ? refused('unknown') : run(query, true);
}

function byText(query: string, mode: TrustMode, documents: TrustedDocuments): ResolvedDocument {
  const isTrusted = documents.isTrusted(query);
  return mode === 'only' && !isTrusted ? refused('untrusted') : run(query, isTrusted);
}

function byPersistedHash(
  hash: unknown,
  query: unknown,
  mode: TrustMode,
  documents: TrustedDocuments,
): ResolvedDocument {
  if (typeof hash !== 'string') return refused('malformed');
  const known = documents.byId(hash);
  if (known === undefined && !isSha256(hash)) return refused('unknown');
  if (typeof query === 'string') {
    const isMeant = query === known || sha256Of(query) === hash;
    if (!isMeant) return refused('mismatch');
    // Apollo stores the hash of a text that is not in the manifest.
    if (known === undefined && mode !== 'only') return { kind: 'apq', hash };
    return byText(query, mode, documents);
  }
  if (known !== undefined) return run(known, true);
  return mode === 'only' ? refused('unknown') : { kind: 'apq', hash };
}

/** undefined: the request does not name one. */
function persistedHashOf(extensions: unknown): unknown {
  if (!isJsonObject(extensions)) return undefined;
  const persisted = extensions.persistedQuery ?? undefined;
  if (persisted === undefined) return undefined;
  return isJsonObject(persisted) && persisted.version === 1 ? (persisted.sha256Hash ?? null) : null;
}

function run(query: string, isTrusted: boolean): ResolvedDocument {
  return { kind: 'run', query, isTrusted };
}

function refused(reason: RefusalReason): ResolvedDocument {
  return { kind: 'refused', reason };
}
