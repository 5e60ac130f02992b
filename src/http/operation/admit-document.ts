// Decides whether the document of a request may run: by the gate, and by its size. A refusal is answered here.
import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { Report } from '../../domain/events.js';
import { isJsonObject } from '../../domain/model.js';
import type { DocumentCheck } from '../../graphql/limits/document-check.js';
import type { DocumentGate } from '../../graphql/trusted-documents/document-gate.js';
import { REFUSALS, type RefusalReason } from '../../graphql/trusted-documents/resolve-document.js';
import type { RequestContext } from '../route.js';
import { sendAppError, sendError } from '../send-response.js';
import { withDocument } from './named-document.js';
import { parseBody } from './request-text.js';

export interface DocumentRules {
  readonly gate: DocumentGate;
  readonly checkDocument: DocumentCheck;
  readonly report: Report;
}

/** Gives the request with the text that it names; null: it may not run, and the answer is sent. */
export function admitDocument(
  request: RequestContext,
  text: string,
  { gate, checkDocument, report }: DocumentRules,
): HTTPGraphQLRequest | null {
  const { req, search, requestId } = request;
  const { method = 'GET' } = req;
  const body = method === 'POST' ? parseBody(text) : undefined;
  const named = withDocument({ method, headers: new HeaderMap(), search, body }, gate);
  if (named.kind === 'refused') {
    const { status, code } = REFUSED[named.reason];
    if (code === 'FORBIDDEN') report({ type: 'refusal', requestId, code });
    sendError(request, status, code, REFUSALS[named.reason]);
    return null;
  }
  const document = textOf(named.request);
  const tooLarge = document === null ? null : checkDocument(document);
  if (tooLarge === null) return named.request;
  report({ type: 'refusal', requestId, code: tooLarge.code });
  sendAppError(request, tooLarge);
  return null;
}

const WRONG = { status: 400, code: 'BAD_REQUEST' } as const;
const REFUSED = {
  ambiguous: WRONG,
  malformed: WRONG,
  mismatch: WRONG,
  unknown: { status: 400, code: 'PERSISTED_QUERY_NOT_FOUND' },
  untrusted: { status: 403, code: 'FORBIDDEN' },
} as const satisfies Record<RefusalReason, { status: number; code: string }>;

function textOf({ method, search, body }: HTTPGraphQLRequest): string | null {
  if (method === 'GET') return new URLSearchParams(search).get('query');
  const query = isJsonObject(body) ? body.query : null;
  return typeof query === 'string' ? query : null;
}
