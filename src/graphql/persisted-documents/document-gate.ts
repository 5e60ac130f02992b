// Decides what a request may run, by the mode and the manifest of this server; it reports untrusted documents.
import { sha256Of, type TrustedDocuments } from './manifest.js';
import {
  type DocumentRequest,
  type ResolvedDocument,
  resolveDocument,
  type TrustMode,
} from './resolve-document.js';

export interface UntrustedDocument {
  /** SHA-256 of the text. */
  readonly hash: string;
  readonly operationName: string | null;
}

export interface NamedDocumentRequest extends DocumentRequest {
  readonly operationName?: unknown;
}

export type DocumentGate = (request: NamedDocumentRequest) => ResolvedDocument;

export interface DocumentGateOptions {
  readonly mode: TrustMode;
  readonly documents: TrustedDocuments;
  /** In mode `log`: called for a document that mode `only` would not have run. */
  readonly onUntrusted: (document: UntrustedDocument) => void;
}

/** A client chooses the name, which may be as long as a body. */
const MAX_NAME = 100;

export function createDocumentGate(options: DocumentGateOptions): DocumentGate {
  const { mode, documents, onUntrusted } = options;
  return (request) => {
    const resolved = resolveDocument(request, mode, documents);
    const isUntrusted = resolved.kind === 'apq' || (resolved.kind === 'run' && !resolved.isTrusted);
    if (mode === 'log' && isUntrusted) {
      const { operationName: name } = request;
      const operationName = typeof name === 'string' ? name.slice(0, MAX_NAME) : null;
      const hash = resolved.kind === 'apq' ? resolved.hash : sha256Of(resolved.query);
      onUntrusted({ hash, operationName });
    }
    return resolved;
  };
}
