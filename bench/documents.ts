// The operations that are measured, as texts with variables.
export const SMALL = 'query Small($id: ID!) { model(id: $id) { id name task provider createdAt } }';

const VERSION_FIELDS = `id modelId versionName description uri formatType frameworkType sourceType sourceId
  location { scheme bucket endpoint key } source { type region workspaceId kind runId } approvalStatus createdAt updatedAt
  userId ownerId labels { key value } options
  metricResults { dataset { datasetId uri dataset { id } } metrics { name value } }
  trainingSpec inferenceSpec extraInfo { coverUris trainedWords }`;

/**
 * All fields except `meta`, on which two servers cannot agree, and `raw`, which repeats the fields as PAI sent them.
 */
export const MODEL_FIELDS = `id name description origin provider domain task type documentUrl createdAt updatedAt
  latestVersionUpdatedAt userId ownerId accessibility workspaceId workspace { id } labels { key value }
  extraInfo { ratingCount favoriteCount commentCount tippedAmountCount downloadCount rating coverUris }
  orderNumber parameterSizeInMillions latestVersion { ${VERSION_FIELDS} }`;

export const NESTED = `query Nested($id: ID!) { model(id: $id) { ${MODEL_FIELDS} } }`;

export const MANY = `query Many($ids: [ID!]!) {
  modelsByIds(ids: $ids) { id name task latestVersion { versionName approvalStatus } }
}`;

export const REFERENCES = `query References($refs: [_Any!]!) {
  _entities(representations: $refs) {
    __typename
    ... on Model { id name task provider latestVersion { versionName approvalStatus } }
  }
}`;

const ALIASES = Array.from({ length: 20 }, (_, n) => `m${n}: model(id: $id) { id name task }`);
export const ALIASED = `query Aliased($id: ID!) { ${ALIASES.join(' ')} }`;
