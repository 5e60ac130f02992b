// Requests of up to 1 MB that ask for far more than they are: the inputs of bounds.test.ts.

export interface Attack {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');
const list = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const KNOWN_MODELS = 100;
export const knownId = (index: number) => `model-${String(index % KNOWN_MODELS).padStart(3, '0')}`;

const FILTERED = 'query ($f: ModelFilter) { models(filter: $f) { nodes { id } } }';
const BY_IDS = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }';
const ENTITIES = (fields: string) =>
  `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Model { ${fields} } } }`;
const references = (count: number) =>
  list(count, (index) => ({ __typename: 'Model', id: knownId(index) }));
const unknownFields = (count: number) =>
  Object.fromEntries(list(count, (index) => [`k${index}`, 1]));
const long = (length: number) => 'x'.repeat(length);

const MODEL_FIELDS =
  'id name description origin provider domain task type documentUrl createdAt updatedAt userId ownerId accessibility workspaceId labels { key value } extraInfo { rating } latestVersion { id uri description }';

/** Refused: no data, and a short answer. */
export const REFUSED: Readonly<Record<string, readonly [Attack, code: string]>> = {
  '4,000 unknown fields of a filter': [
    { query: FILTERED, variables: { f: unknownFields(4000) } },
    'BAD_USER_INPUT',
  ],
  '80,000 unknown fields of a filter': [
    { query: FILTERED, variables: { f: unknownFields(80_000) } },
    'BAD_USER_INPUT',
  ],
  '300,000 wrong ids': [
    { query: BY_IDS, variables: { ids: list(300_000, () => ({})) } },
    'BAD_USER_INPUT',
  ],
  'one wrong id of 900 KB': [
    { query: BY_IDS, variables: { ids: [{ [long(900_000)]: 1 }] } },
    'BAD_USER_INPUT',
  ],
  'a text of 900 KB for a number': [
    {
      query: 'query ($n: Int) { models(first: $n) { nodes { id } } }',
      variables: { n: long(900_000) },
    },
    'BAD_USER_INPUT',
  ],
  'a text of 900 KB for an enum value': [
    {
      query:
        'query ($d: OrderDirection!) { models(orderBy: {field: CREATED_AT, direction: $d}) { nodes { id } } }',
      variables: { d: long(900_000) },
    },
    'BAD_USER_INPUT',
  ],
  'a wrong value under a variable with a name of 300 KB': [
    {
      query: `query ($${long(300_000)}: Int) { models(first: $${long(300_000)}) { nodes { id } } }`,
      variables: { [long(300_000)]: 'no number' },
    },
    'BAD_USER_INPUT',
  ],
  '30,000 wrong tags': [
    { query: FILTERED, variables: { f: { tags: list(30_000, () => ({ key: 1, x: long(10) })) } } },
    'BAD_USER_INPUT',
  ],
  'a hundred unused variables of an operation with a name of 400 KB': [
    { query: `query ${long(400_000)}(${times(100, (n) => `$v${n}: Int`)}) { __typename }` },
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'a wrong literal of 900 KB': [
    { query: `{ models(first: "${long(900_000)}") { nodes { id } } }` },
    'GRAPHQL_VALIDATION_FAILED',
  ],
  '4,000 unknown fields in a document': [
    { query: `{ model(id: "a") { ${times(4000, (n) => `f${n}`)} } }` },
    'GRAPHQL_VALIDATION_FAILED',
  ],
  '2,000 unknown fields of a literal filter': [
    { query: `{ models(filter: {${times(2000, (n) => `k${n}: 1`)}}) { nodes { id } } }` },
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'an unknown field with a name of 900 KB': [
    { query: `{ ${long(900_000)} }` },
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'an operation that is not there with a name of 900 KB': [
    { query: 'query A { __typename } query B { __typename }', operationName: long(900_000) },
    'OPERATION_RESOLUTION_FAILURE',
  ],
  '1,400 operations over one fragment': [
    {
      query: `${times(1400, (n) => `query Q${n} { ...F }`)} fragment F on Query { ${times(40, (n) => `a${n}: __typename`)} }`,
    },
    'QUERY_TOO_COMPLEX',
  ],
  'fragments that nothing spreads, each over the one before': [
    {
      query: `{ __typename } fragment F0 on Model { id name } ${times(1000, (n) => `fragment F${n + 1} on Model { ...F${n} task }`)}`,
    },
    'QUERY_TOO_COMPLEX',
  ],
  '49 aliases of raw of 1,000 references': [
    {
      query: ENTITIES(times(49, (n) => `a${n}: raw`)),
      variables: { r: references(1000) },
    },
    'QUERY_TOO_COMPLEX',
  ],
  'a response key of 400 KB for each of 1,000 references': [
    { query: ENTITIES(`${long(400_000)}: name`), variables: { r: references(1000) } },
    'QUERY_TOO_COMPLEX',
  ],
  'a failing field under a key of 400 KB for each of 1,000 references': [
    {
      query: ENTITIES(`${long(400_000)}: version(name: "..") { id }`),
      variables: { r: references(1000) },
    },
    'QUERY_TOO_COMPLEX',
  ],
  'filtered versions of 1,000 references under 49 aliases': [
    {
      query: `query ($r: [_Any!]!, $f: ModelVersionFilter) { _entities(representations: $r) { ... on Model { ${times(49, (n) => `v${n}: versions(first: ${n + 1}, filter: $f) { totalCount }`)} } } }`,
      variables: {
        r: references(1000),
        f: { label: long(500), sourceId: long(500), formatType: long(500), sourceType: long(500) },
      },
    },
    'QUERY_TOO_COMPLEX',
  ],
  'nodes of versions of models, ten thousand rows': [
    {
      query: `{ models(first: 100) { nodes { versions(first: 99) { nodes { ${times(49, (n) => `a${n}: raw`)} } } } } }`,
    },
    'QUERY_TOO_COMPLEX',
  ],
};

/** Answered, in part with errors: work and answer stay within their bounds. */
export const ANSWERED: Readonly<Record<string, Attack>> = {
  '150,000 keys of labels for each of 20 aliases of 200 references': {
    query: `query ($r: [_Any!]!, $k: [String!]) { _entities(representations: $r) { ... on Model { ${times(20, (n) => `a${n}: labels(keys: $k) { key }`)} } } }`,
    variables: { r: references(100).concat(references(100)), k: list(100_000, (n) => `k${n}`) },
  },
  'a hundred keys of labels for each of 49 aliases of 1,000 references': {
    query: `query ($r: [_Any!]!, $k: [String!]) { _entities(representations: $r) { ... on Model { ${times(49, (n) => `a${n}: labels(keys: $k) { key }`)} } } }`,
    variables: { r: references(1000), k: list(100, (n) => `k${n}`) },
  },
  'a hundred literal keys of labels for each of 20 aliases of 1,000 references': {
    query: ENTITIES(
      times(20, (n) => `a${n}: labels(keys: [${times(100, (k) => `"k${k}"`)}]) { key }`),
    ),
    variables: { r: references(1000) },
  },
  '49 malformed names of versions of 1,000 references': {
    query: ENTITIES(times(49, (n) => `v${n}: version(name: "..") { id }`)),
    variables: { r: references(1000) },
  },
  'every field of 1,000 references, ten levels down': {
    query: `query ($r: [_Any!]!) { _entities(representations: $r) { ...M } } fragment M on Model { ${times(5, () => 'latestVersion { model {')} ${MODEL_FIELDS} ${times(5, () => '} }')} }`,
    variables: { r: references(1000) },
  },
  'malformed references': { query: ENTITIES('name'), variables: { r: list(1000, () => ({})) } },
  'introspection of all types under 49 aliases': {
    query: `{ ${times(49, (n) => `a${n}: __schema { types { fields { type { fields { name description } } } } }`)} }`,
  },
  '49 aliases of the facets of a list, with 5,000 repeated fields': {
    query: `{ models(first: 0) { ${times(49, (n) => `a${n}: facets(fields: [LABEL_KEY TASK DOMAIN ORIGIN TYPE ${times(95, () => 'FRAMEWORK')}], maxPages: 100) { facets { values { value count } } }`)} } }`,
  },
  'a page of a hundred models with 49 aliases of labels': {
    query: `{ models(first: 100) { nodes { ${times(49, (n) => `a${n}: labels { key value }`)} } } }`,
  },
};
