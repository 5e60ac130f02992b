// The mixed load of the soak: the requests that clients of many kinds would send, from a seeded random source.

import type { Random } from '../random.js';

export interface LoadRequest {
  readonly body: { readonly query: string; readonly variables?: Record<string, unknown> };
  readonly headers: Record<string, string>;
  /** The client leaves after this time, answered or not. */
  readonly leavesAfterMs: number | null;
}

const VERSION_FIELDS =
  'versionName metricResults { dataset { datasetId } metrics { name value } } options raw';

/** Most clients ask for few models again and again; some page through lists; some ask for models that do not exist. */
export function nextRequest(ids: readonly string[], random: Random): LoadRequest {
  const pick = () => ids[Math.floor(random() ** 3 * ids.length)] ?? '';
  const unknown = () => `model-unknown-${Math.floor(random() * 1e9)}`;
  const kinds: (() => LoadRequest['body'])[] = [
    () => ({
      query: `query($id: ID!) { model(id: $id) { name labels { key value } latestVersion { ${VERSION_FIELDS} } meta { source } } }`,
      variables: { id: pick() },
    }),
    () => ({
      query: 'query($ids: [ID!]!) { modelsByIds(ids: $ids) { id name raw } }',
      variables: { ids: Array.from({ length: 20 }, pick) },
    }),
    () => ({
      query: `query($first: Int) { models(first: $first) { totalCount nodes { name latestVersion { ${VERSION_FIELDS} model { name } } } pageInfo { endCursor } } }`,
      variables: { first: 1 + Math.floor(random() * 100) },
    }),
    () => ({
      query:
        'query($id: ID!) { model(id: $id) { versions(last: 5) { nodes { versionName } } metricHistory(metric: "cer") { value } } }',
      variables: { id: pick() },
    }),
    () => ({
      query:
        'query($refs: [_Any!]!) { _entities(representations: $refs) { ... on Model { name task } } }',
      variables: { refs: Array.from({ length: 50 }, () => ({ __typename: 'Model', id: pick() })) },
    }),
    () => ({
      query: 'query($id: ID!) { model(id: $id) { name } }',
      variables: { id: unknown() },
    }),
    // Each request has a document that the server has not seen before.
    () => ({ query: `query Q${Math.floor(random() * 1e9)} { model(id: "${pick()}") { name } }` }),
  ];
  const body = kinds[Math.floor(random() * kinds.length)]?.() ?? { query: '{ __typename }' };
  const headers = random() < 0.05 ? { 'cache-control': 'no-cache' } : undefined;
  return {
    body,
    headers: headers ?? {},
    leavesAfterMs: random() < 0.02 ? Math.ceil(random() * 20) : null,
  };
}
