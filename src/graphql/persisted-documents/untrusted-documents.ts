// Reports the documents that mode `log` runs and mode `only` would refuse: which document, and which client sent it.
import type { IncomingHttpHeaders } from 'node:http';
import { parse } from 'graphql';
import type { Report } from '../../domain/events.js';
import type { ReceivedRequest } from '../execute.js';
import { shownName } from '../limits/short-texts.js';

interface UntrustedDocument {
  readonly hash: string;
  /** It has passed the limits; null: only its hash was sent. */
  readonly text: string | null;
  /** As the request names it, a value of any type. */
  readonly operationName: unknown;
}

export type ReportUntrusted = (
  request: Pick<ReceivedRequest, 'requestId' | 'span' | 'caller' | 'headers'>,
  document: UntrustedDocument,
) => void;

/** The same document of the same client is logged once in this time, and at most so many in all. */
const EVERY_MS = 10 * 60_000;
const MAX_LOGGED = 1000;

/** `now`: the monotonic clock. */
export function createUntrustedReport(report: Report, now: () => number): ReportUntrusted {
  const logged = new Set<string>();
  let beganAt = now();

  function isRepeated(key: string): boolean {
    if (now() - beganAt >= EVERY_MS) {
      logged.clear();
      beganAt = now();
    }
    if (logged.has(key) || logged.size >= MAX_LOGGED) return true;
    logged.add(key);
    return false;
  }

  return ({ requestId, span, caller, headers }, { hash, text, operationName }) => {
    const client = {
      caller: caller.name,
      clientName: cleanHeader(headers, 'apollographql-client-name'),
      clientVersion: cleanHeader(headers, 'apollographql-client-version'),
    };
    const repeated = isRepeated(JSON.stringify([hash, ...Object.values(client)]));
    const given = typeof operationName === 'string' && operationName !== '' ? operationName : null;
    // Documents are parsed only as often as they are logged.
    const name = given ?? (repeated || text === null ? null : nameIn(text));
    report({
      type: 'untrusted_document',
      requestId,
      span,
      hash,
      operationName: shownName(name),
      ...client,
      isRepeated: repeated,
    });
  };
}

/** Any client chooses it, and it is logged. */
function cleanHeader(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && /^[\w .@/:+()-]{1,64}$/.test(value) ? value : null;
}

/** The name of the first operation. */
function nameIn(text: string): string | null {
  try {
    const { definitions } = parse(text, { noLocation: true });
    const operation = definitions.find(({ kind }) => kind === 'OperationDefinition');
    return operation?.kind === 'OperationDefinition' ? (operation.name?.value ?? null) : null;
  } catch {
    // Apollo reports the syntax.
    return null;
  }
}
