// Through real gateways: queries are answered as by this subgraph itself, and cost no more. The tests of
// examples/gateways hold what becomes of entities that are absent or may not be read.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { versionId } from '../../src/domain/ids.js';
import { DOCUMENTED_ID, type GraphqlAnswer, sampleIds } from '../support/with-app.js';
import { type Federation, GATEWAYS, startFederation } from './engines.js';

/** The part of an answer that is compared, errors in any order; a gateway may add to `extensions`. */
function seen({ data, errors }: GraphqlAnswer) {
  const told = errors.map(({ message, path = [], extensions }) => ({
    path: path.join('.'),
    code: extensions.code,
    message,
  }));
  return { data, errors: told.toSorted((one, other) => one.path.localeCompare(other.path)) };
}

function callsOf({ models }: Federation): string[] {
  return models.sandbox.requests.map(({ operation }) => operation).toSorted();
}

/** How many requests the gateway made to this subgraph. */
function requestsTo({ models }: Federation): number {
  return models.events.filter(({ type }) => type === 'operation').length;
}

interface Question {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

const QUESTIONS: Record<string, Question> = {
  'a model with everything about it': {
    query: `{
      model(id: "${DOCUMENTED_ID}") {
        __typename id name description origin provider domain task type documentUrl
        createdAt updatedAt latestVersionUpdatedAt userId ownerId accessibility workspaceId
        workspace { __typename id }
        labels { key value } label(key: "env")
        extraInfo {
          ratingCount favoriteCount commentCount tippedAmountCount downloadCount rating coverUris raw
        }
        orderNumber parameterSizeInMillions raw
      }
    }`,
  },
  'a version with everything about it': {
    query: `query ($modelId: ID!, $versionName: String!) {
      modelVersion(modelId: $modelId, versionName: $versionName) {
        id modelId versionName description uri formatType frameworkType sourceType sourceId
        location { scheme bucket endpoint key }
        source { type region workspaceId kind runId }
        approvalStatus createdAt updatedAt userId ownerId
        labels(keys: ["k1"]) { key value } label(key: "none") options
        metricResults {
          dataset { datasetId uri dataset { __typename id } }
          metrics { name value raw }
          metric(name: "cer")
        }
        metricsRaw trainingSpec inferenceSpec evaluationSpec compressionSpec distillationSpec
        extraInfo { coverUris trainedWords raw } raw
        model { id name latestVersion { model { name } } }
      }
    }`,
    variables: { modelId: DOCUMENTED_ID, versionName: '0.1.0' },
  },
  'models, some of them absent': {
    query: 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id name } }',
    variables: { ids: [DOCUMENTED_ID, 'model-none', ...sampleIds(3), DOCUMENTED_ID] },
  },
  'a list with a filter, an order and nested lists': {
    query: `query ($filter: ModelFilter, $orderBy: ModelOrder, $versions: ModelVersionOrder) {
      models(filter: $filter, orderBy: $orderBy, first: 3) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges {
          cursor tags { key value }
          node {
            id name parameterSizeInMillions
            versions(orderBy: $versions, last: 2) { totalCount nodes { id versionName createdAt } }
          }
        }
      }
    }`,
    variables: {
      filter: {
        provider: 'pai',
        domain: 'nlp',
        conditions: [{ column: 'ParameterSize', operator: 'LessThan', value: '8000' }],
      },
      orderBy: { field: 'CREATED_AT', direction: 'DESC' },
      versions: { field: 'CREATED_AT', direction: 'ASC' },
    },
  },
  'an empty page': {
    query: '{ models(first: 0) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }',
  },
  'aliases, fragments and directives': {
    query: `query ($id: ID!, $more: Boolean!) {
      one: model(id: $id) { ...Names key: id }
      two: model(id: $id) { ... on Model @include(if: $more) { task } domain @skip(if: $more) }
      three: modelVersion(modelId: $id, versionName: "0.1.0") { a: label(key: "k1") b: labels { value } }
    }
    fragment Names on Model { title: name latestVersion { ...Version } }
    fragment Version on ModelVersion { versionName formatType }`,
    variables: { id: DOCUMENTED_ID, more: true },
  },
  'a chart of scores': {
    query: `{
      model(id: "${DOCUMENTED_ID}") {
        metricHistory(metric: "cer") { value version { id versionName } dataset { datasetId uri } }
      }
    }`,
  },
  'versions by name, one of them absent': {
    query: `{
      model(id: "${DOCUMENTED_ID}") {
        here: version(name: "0.1.0") { id formatType } gone: version(name: "9.9.9") { id }
      }
    }`,
  },
  'malformed arguments beside good ones': {
    query: `{
      bad: model(id: "a/b") { id name }
      good: model(id: "${DOCUMENTED_ID}") { id version(name: "../x") { id } }
      some: modelsByIds(ids: ["${DOCUMENTED_ID}", "a b"]) { name }
      many: models(first: 101) { totalCount }
    }`,
  },
};

const QUESTIONS_OF_NODES: Record<string, Question> = {
  'nodes of both types': {
    query: `query ($ids: [ID!]!, $id: ID!) {
      node(id: $id) { __typename id ... on ModelVersion { formatType } }
      nodes(ids: $ids) {
        __typename id
        ... on Model { name }
        ... on ModelVersion { versionName uri }
      }
    }`,
    variables: {
      id: versionId(DOCUMENTED_ID, '0.1.0'),
      ids: [DOCUMENTED_ID, versionId(DOCUMENTED_ID, '0.1.0'), 'model-none', 'a/b'],
    },
  },
};

describe.each(GATEWAYS)('$engine with RELAY_NODE=$relayNode', ({ engine, relayNode }) => {
  let federation: Federation;
  beforeAll(async () => {
    federation = await startFederation({ engine, relayNode });
  });
  afterAll(() => federation[Symbol.asyncDispose]());

  test('answers as the subgraph itself', async () => {
    federation.begin();
    const questions = { ...QUESTIONS, ...(relayNode === 'on' && QUESTIONS_OF_NODES) };
    for (const [name, { query, variables }] of Object.entries(questions)) {
      const direct = await federation.models.query(query, variables);
      const answer = await federation.query(query, variables);
      expect.soft(answer.status, name).toBe(200);
      expect.soft(direct.data, name).toBeTruthy();
      expect.soft(seen(answer), name).toEqual(seen(direct));
    }
  });

  test('reads models for references of the other subgraph, in its order', async () => {
    const [other = ''] = sampleIds(1);
    federation.begin([
      { modelId: other, versionName: '0.1.0', stars: 4, downloads: 20 },
      { modelId: 'model-none', versionName: '0.1.0', stars: 1, downloads: 0 },
      { modelId: DOCUMENTED_ID, versionName: '0.1.0', stars: 5, downloads: 10 },
      { modelId: other, versionName: '0.2.0', stars: 4, downloads: 2 },
    ]);
    const { data, errors } = await federation.query('{ topReviewed { id name stars } }');
    expect(errors).toEqual([]);
    expect(data.topReviewed).toEqual([
      { id: other, name: 'qwen2-7b-instruct', stars: 4 },
      { id: 'model-none', name: null, stars: 1 },
      { id: DOCUMENTED_ID, name: '情感分析', stars: 5 },
      { id: other, name: 'qwen2-7b-instruct', stars: 4 },
    ]);
    expect(callsOf(federation)).toEqual(['GetModel', 'GetModel', 'GetModel']);
    expect(requestsTo(federation)).toBe(1);
  });

  test('reads versions for references of the other subgraph, by the key that it has', async () => {
    federation.begin([{ modelId: DOCUMENTED_ID, versionName: '0.1.0', stars: 5, downloads: 10 }]);
    const { data, errors } = await federation.query(`{
      reviewsPage(first: 1) {
        reviews { stars version { id versionName formatType downloads model { name stars } } }
      }
    }`);
    expect(errors).toEqual([]);
    expect(data.reviewsPage.reviews).toEqual([
      {
        stars: 5,
        version: {
          id: versionId(DOCUMENTED_ID, '0.1.0'),
          versionName: '0.1.0',
          formatType: 'SavedModel',
          downloads: 10,
          model: { name: '情感分析', stars: 5 },
        },
      },
    ]);
    expect(callsOf(federation)).toEqual(['GetModel', 'GetModelVersion']);
  });

  test('adds the other subgraph’s fields to a list of models, for one call', async () => {
    federation.begin([{ modelId: DOCUMENTED_ID, versionName: '0.1.0', stars: 5, downloads: 10 }]);
    const { data, errors } = await federation.query(`{
      models(first: 2) {
        nodes { id stars latestVersion { versionName downloads } }
        pageInfo { hasNextPage hasPreviousPage }
      }
    }`);
    expect(errors).toEqual([]);
    expect(data.models.nodes).toEqual([
      { id: DOCUMENTED_ID, stars: 5, latestVersion: { versionName: '0.1.0', downloads: 10 } },
      { id: expect.any(String), stars: null, latestVersion: expect.any(Object) },
    ]);
    expect(data.models.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false });
    expect(callsOf(federation)).toEqual(['ListModels']);
  });

  test('shares PageInfo between both subgraphs', async () => {
    federation.begin([
      { modelId: DOCUMENTED_ID, versionName: '0.1.0', stars: 5, downloads: 10 },
      { modelId: 'model-none', versionName: '0.1.0', stars: 1, downloads: 0 },
    ]);
    const { data, errors } = await federation.query(`{
      reviewsPage(first: 1) { pageInfo { ...Place } }
      models(first: 100) { pageInfo { ...Place } }
    }
    fragment Place on PageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor }`);
    expect(errors).toEqual([]);
    expect(data.reviewsPage.pageInfo).toEqual({
      __typename: 'PageInfo',
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: 'review-1',
      endCursor: 'review-1',
    });
    expect(data.models.pageInfo).toEqual({
      __typename: 'PageInfo',
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: expect.any(String),
      endCursor: expect.any(String),
    });
  });

  test('makes no call where only keys are asked for, though one key is made of the other', async () => {
    federation.begin([{ modelId: 'model-none', versionName: '1.0', stars: 1, downloads: 7 }]);
    const { data, errors } = await federation.query(`{
      topReviewed { __typename id stars }
      reviewsPage(first: 1) {
        reviews { version { __typename id modelId versionName downloads } }
      }
    }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({
      topReviewed: [{ __typename: 'Model', id: 'model-none', stars: 1 }],
      reviewsPage: {
        reviews: [
          {
            version: {
              __typename: 'ModelVersion',
              id: versionId('model-none', '1.0'),
              modelId: 'model-none',
              versionName: '1.0',
              downloads: 7,
            },
          },
        ],
      },
    });
    expect(callsOf(federation)).toEqual([]);
  });

  test('makes 40 calls for 80 references to 40 models', async () => {
    const ids = sampleIds(40);
    const ranking = [...ids, ...ids.toReversed()];
    federation.begin(
      ranking.map((modelId) => ({ modelId, versionName: '1', stars: 3, downloads: 0 })),
    );
    const { data, errors } = await federation.query('{ topReviewed { id name } }');
    expect(errors).toEqual([]);
    expect(data.topReviewed.map(({ id }: { id: string }) => id)).toEqual(ranking);
    expect(data.topReviewed.every(({ name }: { name: unknown }) => typeof name === 'string')).toBe(
      true,
    );
    expect(callsOf(federation)).toEqual(Array(40).fill('GetModel'));
    expect(requestsTo(federation)).toBe(1);
  });

  test('resolves node in either subgraph', async () => {
    federation.begin([{ modelId: DOCUMENTED_ID, versionName: '0.1.0', stars: 5, downloads: 10 }]);
    const { data, errors } = await federation.query(
      `query ($model: ID!, $version: ID!) {
        model: node(id: $model) { __typename id ... on Model { name stars } }
        version: node(id: $version) { __typename id ... on ModelVersion { formatType downloads } }
      }`,
      { model: DOCUMENTED_ID, version: versionId(DOCUMENTED_ID, '0.1.0') },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      model: { __typename: 'Model', id: DOCUMENTED_ID, name: '情感分析', stars: 5 },
      version: {
        __typename: 'ModelVersion',
        id: versionId(DOCUMENTED_ID, '0.1.0'),
        formatType: 'SavedModel',
        downloads: 10,
      },
    });
  });

  test('keeps the failure of one entity to that entity', async () => {
    const [broken = ''] = sampleIds(1);
    federation.begin([
      { modelId: DOCUMENTED_ID, versionName: '0.1.0', stars: 5, downloads: 10 },
      { modelId: broken, versionName: '0.1.0', stars: 4, downloads: 20 },
      { modelId: 'malformed/id', versionName: '0.1.0', stars: 2, downloads: 0 },
    ]);
    federation.models.sandbox.faults.add({
      modelId: broken,
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM', message: 'secret detail' },
    });
    const { status, data, errors } = await federation.query('{ topReviewed { id name stars } }');
    expect(status).toBe(200);
    expect(data.topReviewed).toEqual([
      { id: DOCUMENTED_ID, name: '情感分析', stars: 5 },
      { id: broken, name: null, stars: 4 },
      { id: 'malformed/id', name: null, stars: 2 },
    ]);
    expect(errors.map(({ extensions }) => extensions.code).toSorted()).toEqual([
      'BAD_USER_INPUT',
      'FORBIDDEN',
    ]);
    expect(errors.map(({ path }) => path?.at(0))).toEqual(['topReviewed', 'topReviewed']);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });

  test('keeps the failure of one field to that field of that entity', async () => {
    const [whole = ''] = sampleIds(1);
    federation.begin([
      { modelId: DOCUMENTED_ID, versionName: '0.1.0', stars: 5, downloads: 10 },
      { modelId: whole, versionName: '0.1.0', stars: 4, downloads: 20 },
    ]);
    federation.models.sandbox.faults.add({
      modelId: DOCUMENTED_ID,
      operation: 'ListModelVersions',
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { data, errors } = await federation.query(
      '{ topReviewed { name stars versions(first: 1) { nodes { versionName } } } }',
    );
    expect(data.topReviewed).toEqual([
      { name: '情感分析', stars: 5, versions: null },
      {
        name: 'qwen2-7b-instruct',
        stars: 4,
        versions: { nodes: [{ versionName: expect.any(String) }] },
      },
    ]);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  // Apollo Gateway drops the extensions of errors in any response that is not 200 or not application/json.
  test('hands on the code of a refusal of the whole operation', async () => {
    federation.begin();
    const { errors } = await federation.query(`{
      models(first: 100) {
        nodes {
          a: versions(first: 1) { totalCount }
          b: versions(first: 1, filter: { formatType: "a" }) { totalCount }
          c: versions(first: 1, filter: { formatType: "b" }) { totalCount }
        }
      }
    }`);
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(
      new Set(['QUERY_TOO_COMPLEX']),
    );
    expect(errors[0]?.extensions).toMatchObject({ limit: 250, measured: expect.any(Number) });
    expect(callsOf(federation)).toEqual([]);
  });

  test('answers a page of 130 references of the other subgraph', async () => {
    const ids = Array.from({ length: 130 }, (_, index) => `model-absent-${index}`);
    const reviews = ids.map((modelId) => ({ modelId, versionName: '1', stars: 3, downloads: 0 }));
    federation.begin(reviews);
    const { data, errors } = await federation.query('{ topReviewed { id stars name } }');
    expect([data.topReviewed.length, errors]).toEqual([130, []]);
    expect(data.topReviewed[129]).toEqual({ id: 'model-absent-129', stars: 3, name: null });
  });
});
