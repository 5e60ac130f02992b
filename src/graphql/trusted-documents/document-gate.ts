// What a request may run, with the mode and the manifest of this server; it tells of what is not trusted.
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
  /** In mode `log`: what mode `only` would not have run. */
  readonly onUntrusted: (document: UntrustedDocument) => void;
}

/** A name is the client's to choose, up to the size of a body. */
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
