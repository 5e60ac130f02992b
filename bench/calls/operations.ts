// Ten operations as clients and gateways send them, to measure the upstream cost of each.
import { ALIASED, MANY, NESTED, REFERENCES } from '../documents.js';
import type { Operation } from '../http-request.js';
import { modelId, modelIds, VERSION_NAMES } from '../registry.js';

export interface Counted extends Operation {
  readonly meaning: string;
  /** How many times the operation is sent at once. */
  readonly users: number;
  /** The number of models upstream. */
  readonly models: number;
  /** Sent before and not counted. */
  readonly before?: Operation;
}

const ONE_USER = { users: 1, models: 2000 };
const ID = modelId(7);

const LIST = `query List($first: Int!) {
  models(first: $first) { totalCount nodes { id name latestVersion { versionName model { name task } } } }
}`;

const PAGE = `query Page($id: ID!) {
  models(first: 20) { nodes { id name } }
  model(id: $id) { name versions(first: 3) { nodes { versionName } } }
}`;

const VERSIONS = `query Versions($id: ID!) {
  model(id: $id) { name versions(first: 3) { nodes { versionName uri model { name } } } }
}`;

const VERSION_REFERENCES = `query VersionReferences($refs: [_Any!]!) {
  _entities(representations: $refs) { ... on ModelVersion { versionName uri model { name } } }
}`;

const twice = (ids: readonly string[]) => [...ids, ...ids];
const asModel = (id: string) => ({ __typename: 'Model', id });
const forty = modelIds(40);
const hundredReferences = Array.from({ length: 100 }, (_, index) =>
  asModel(forty[index % 40] ?? ''),
);
const versionReferences = modelIds(10).flatMap((modelId) =>
  VERSION_NAMES.map((versionName) => ({ __typename: 'ModelVersion', modelId, versionName })),
);

export const OPERATIONS: readonly Counted[] = [
  { meaning: 'one model, everything nested', query: NESTED, variables: { id: ID }, ...ONE_USER },
  { meaning: '20 aliases of one id', query: ALIASED, variables: { id: ID }, ...ONE_USER },
  {
    meaning: '50 ids, half duplicates',
    query: MANY,
    variables: { ids: twice(modelIds(25)) },
    ...ONE_USER,
  },
  {
    meaning: 'a list of 20, of each its latest version and that one’s model',
    query: LIST,
    variables: { first: 20 },
    ...ONE_USER,
  },
  {
    meaning: 'a model, 3 of its versions, of each its model',
    query: VERSIONS,
    variables: { id: ID },
    ...ONE_USER,
  },
  {
    meaning: 'a gateway’s 100 references to 40 models',
    query: REFERENCES,
    variables: { refs: hundredReferences },
    ...ONE_USER,
  },
  {
    meaning: 'a gateway’s 30 references to versions, of each its model, of 10',
    query: VERSION_REFERENCES,
    variables: { refs: versionReferences },
    ...ONE_USER,
  },
  {
    meaning: 'a page (list, model, versions) that 20 users open at once',
    query: PAGE,
    variables: { id: ID },
    users: 20,
    models: 2000,
  },
  {
    meaning: '40 ids, half duplicates, half of no model',
    query: MANY,
    variables: { ids: twice([...modelIds(10), ...modelIds(10, 5000)]) },
    ...ONE_USER,
  },
  {
    meaning: '50 ids of a registry that is known to hold 60',
    query: MANY,
    variables: { ids: modelIds(50, 5) },
    users: 1,
    models: 60,
    before: { query: 'query Known { models(first: 1) { totalCount } }', variables: {} },
  },
];
