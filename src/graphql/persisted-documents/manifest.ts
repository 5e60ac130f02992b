// The operations that clients were built with, as their build wrote them down: Apollo's manifest of persisted
// queries, or the persisted documents of graphql-codegen. It decides nothing about requests.

import { parse } from 'graphql';
import type { PartStatus } from '../../domain/part-status.js';
import { isJsonObject, parseJson } from '../../lib/json.js';
import type { Parsed } from '../../lib/parsed.js';
import { openReloadedFile } from '../../lib/reloaded-file.js';
import { isSha256, sha256 } from '../../lib/sha256.js';

export interface TrustedDocuments {
  /** By the id of the manifest or by the SHA-256 of the text, with or without `sha256:` before it. */
  byId(id: string): string | undefined;
  isTrusted(text: string): boolean;
}

/** Of a file that is read again. */
export interface ManifestFile extends TrustedDocuments {
  status(): PartStatus;
}

interface Manifest extends TrustedDocuments {
  /** The number of documents. */
  readonly size: number;
}

interface ManifestEntry {
  /** The place of the entry in the manifest, as problems name it. */
  readonly at: string;
  readonly id: string;
  readonly body: string;
}

const APOLLO_FORMAT = 'apollo-persisted-query-manifest';

export const NO_DOCUMENTS: Manifest = createDocuments([]);

interface ManifestOptions {
  readonly path: string;
  /** New documents are in force. */
  readonly onReload: (count: number) => void;
  readonly onProblem: (reasons: readonly string[]) => void;
  /** For tests: the interval between two checks of the file. */
  readonly everyMs?: number;
}

/** The documents of a file, which is read again when it changes. Rejects when it is not valid at the start. */
export async function openManifest({ onReload, ...options }: ManifestOptions) {
  let known = NO_DOCUMENTS;
  const file = await openReloadedFile({
    ...options,
    // Requests wait while documents are parsed: those that have been are not parsed again.
    parse(text) {
      const parsed = parseManifest(text, known);
      if (parsed.ok) known = parsed.value;
      return parsed;
    },
    onReload: ({ size }) => onReload(size),
  });
  return {
    byId: (id: string) => file.current().byId(id),
    isTrusted: (text: string) => file.current().isTrusted(text),
    status: file.status,
    close: file.close,
  };
}

/** `known`: these documents are valid. Returns all problems together; a problem names a document by its place. */
export function parseManifest(text: string, known = NO_DOCUMENTS): Parsed<Manifest> {
  const problems: string[] = [];
  const entries = [...readEntries(parseJson(text), problems)];
  problems.push(
    ...entries.flatMap((entry) => problemsOf(entry, known)),
    ...contradictions(entries),
  );
  if (entries.length === 0 && problems.length === 0) {
    problems.push('It must hold at least one document.');
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, value: createDocuments(entries) };
}

function createDocuments(entries: readonly ManifestEntry[]): Manifest {
  const byHash = new Map(entries.map(({ body }) => [sha256(body), body]));
  const byId = new Map([...byHash, ...entries.map(({ id, body }) => [keyOf(id), body] as const)]);
  return {
    size: byHash.size,
    byId: (id) => byId.get(keyOf(id)),
    // Without a manifest, as most servers run, texts are not hashed.
    isTrusted: (text) => byHash.size > 0 && byHash.has(sha256(text)),
  };
}

/** A hash is the same in either case and with or without its prefix; any other id stays as it is. */
function keyOf(id: string): string {
  const bare = id.replace(/^sha256:/i, '').toLowerCase();
  return isSha256(bare) ? bare : id;
}

function* readEntries(manifest: unknown, problems: string[]): Generator<ManifestEntry> {
  if (!isJsonObject(manifest)) problems.push('It must be a JSON object.');
  else if ('format' in manifest || 'operations' in manifest) yield* readApollo(manifest, problems);
  else yield* readCodegen(manifest, problems);
}

function* readApollo(
  { format, version, operations }: Readonly<Record<string, unknown>>,
  problems: string[],
): Generator<ManifestEntry> {
  if (format !== APOLLO_FORMAT) problems.push(`format must be "${APOLLO_FORMAT}".`);
  if (version !== 1) problems.push('version must be 1.');
  if (!Array.isArray(operations)) {
    problems.push('operations must be a list.');
    return;
  }
  for (const [index, operation] of operations.entries()) {
    const at = `operations[${index}]`;
    const { id, body }: Readonly<Record<string, unknown>> = isJsonObject(operation)
      ? operation
      : {};
    if (typeof id !== 'string' || id === '') problems.push(`${at}.id must be a text.`);
    else if (typeof body !== 'string') problems.push(`${at}.body must be a text.`);
    else yield { at, id, body };
  }
}

function* readCodegen(
  manifest: Readonly<Record<string, unknown>>,
  problems: string[],
): Generator<ManifestEntry> {
  for (const [index, [id, body]] of Object.entries(manifest).entries()) {
    const at = `Document ${index + 1}`;
    if (typeof body === 'string') yield { at, id, body };
    else problems.push(`${at} must be a text.`);
  }
}

function problemsOf({ at, id, body }: ManifestEntry, known: TrustedDocuments): string[] {
  const problems =
    known.isTrusted(body) || isDocument(body) ? [] : [`${at} is not a GraphQL document.`];
  const key = keyOf(id);
  if (isSha256(key) && key !== sha256(body)) {
    problems.push(`${at} does not have the SHA-256 that its id says.`);
  }
  return problems;
}

/** The same document may be there for several clients. */
function contradictions(entries: readonly ManifestEntry[]): string[] {
  const first = new Map<string, ManifestEntry>();
  return entries.flatMap((entry) => {
    const key = keyOf(entry.id);
    const known = first.get(key) ?? entry;
    first.set(key, known);
    return known.body === entry.body ? [] : [`${entry.at} has the id of ${known.at}.`];
  });
}

function isDocument(text: string): boolean {
  try {
    parse(text, { noLocation: true });
    return true;
  } catch {
    return false;
  }
}
