// The same documents in the two forms that builds write them down in.
import { createHash } from 'node:crypto';
import { parseManifest } from '../../../src/graphql/persisted-documents/manifest.js';

export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

export const operation = (body: string, id = hashOf(body)) => ({
  ...{ id, name: 'Any', type: 'query', body },
});

export const apollo = (operations: readonly unknown[]) =>
  JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations });

export const codegen = (...bodies: readonly string[]) =>
  JSON.stringify(Object.fromEntries(bodies.map((body) => [`sha256:${hashOf(body)}`, body])));

export function documentsOf(manifest: string) {
  const parsed = parseManifest(manifest);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.value;
}

export function problemsOf(manifest: string): readonly string[] {
  const parsed = parseManifest(manifest);
  return parsed.ok ? [] : parsed.problems;
}

const REASONS = [
  ['ambiguous', /names its document once/],
  ['malformed', /must be texts/],
  ['mismatch', /does not have the hash/],
  ['unknown', /^PersistedQueryNotFound$/],
  ['untrusted', /^Only trusted documents/],
] as const;

/** A word for the message of a refusal. */
export const reasonOf = (message: string) =>
  REASONS.find(([, form]) => form.test(message))?.[0] ?? message;
