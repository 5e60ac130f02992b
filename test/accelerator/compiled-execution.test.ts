import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SAMPLES } from '../../src/http/routes/playground-samples.js';
import { DOCUMENTED_ID, sampleIds, type TestApp, withApp } from '../support/with-app.js';

const ENV = {
  CACHE_TTL_SECONDS: '3600',
  CACHE_MISSING_SECONDS: '3600',
  RESPONSE_CACHE: 'off',
  UPSTREAM_RATE_PER_SECOND: '1000',
};
const [OTHER = ''] = sampleIds(1);

/** More often than a document has to come back before it is compiled. */
const OFTEN = 8;

let compiled: TestApp;
let ordinary: TestApp;
beforeAll(async () => {
  compiled = await withApp({ env: ENV });
  ordinary = await withApp({ env: { ...ENV, COMPILED_OPERATIONS: 'off' } });
});
afterAll(async () => {
  await compiled[Symbol.asyncDispose]();
  await ordinary[Symbol.asyncDispose]();
});

async function textOf(app: TestApp, query: string, variables: Record<string, unknown> = {}) {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  // When and under which id PAI was asked is each server's own.
  const text = (await response.text())
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":""')
    .replaceAll(/"fetchedAt":"[^"]*"/g, '"fetchedAt":""')
    .replaceAll(/"waitMs":[\d.]+/g, '"waitMs":0')
    .replaceAll(/"ageSeconds":\d+/g, '"ageSeconds":0');
  return { status: response.status, type: response.headers.get('content-type'), text };
}

/** The whole body, byte by byte, whenever it is asked for. */
async function expectEqual(query: string, variables?: Record<string, unknown>) {
  for (let time = 0; time < OFTEN; time += 1) {
    expect(await textOf(compiled, query, variables)).toEqual(
      await textOf(ordinary, query, variables),
    );
  }
}

const ID = JSON.stringify(DOCUMENTED_ID);

describe('a compiled operation answers as the ordinary executor does', () => {
  test.each(SAMPLES.map(({ query, variables }) => [query, { ...variables }]))(
    '%s',
    (query, variables) => expectEqual(query, variables),
  );

  test.each([
    `{ model(id: ${ID}) { __proto__: name constructor: id hasOwnProperty: task __typename } }`,
    `{ model(id: ${ID}) { raw labels(keys: ["env"]) { value } label(key: "env") none: label(key: "") } }`,
    `{ model(id: ${ID}) { latestVersion { id metricResults { metric(name: "cer") } model { id } options } } }`,
    `{ model(id: ${ID}) { ...A id } } fragment A on Model { name ...B } fragment B on Model { id workspace { id } }`,
    `{ a: model(id: ${ID}) { id } a: model(id: ${ID}) { name } none: model(id: "model-none") { id } }`,
    `{ node(id: ${ID}) { id __typename ... on Model { name } ... on ModelVersion { versionName } } }`,
    `{ models(first: 3) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id name } } } }`,
    `{ model(id: ${ID}) { versions(first: 2) { nodes { versionName labels { key } } } } }`,
    `{ model(id: ${ID}) { latestApprovedVersion { versionName model { name } meta { source } } } }`,
    `{ _entities(representations: [{ __typename: "ModelVersion", modelId: ${ID}, versionName: "9.9.9" }]) {
      ... on ModelVersion { id uri labels { key } label(key: "k") metricResults { metric(name: "cer") } meta { source } raw }
    } }`,
    `{ model(id: ${ID}) { id } modelVersion(modelId: ${ID}, versionName: "0.1.0") { id } }`,
    `{ model(id: ${ID}) { meta { source region } latestVersion { meta { source } } } }`,
    `{ __schema { queryType { name } } model(id: ${ID}) { id } }`,
    `{ _service { sdl } }`,
    // Errors: malformed, in a list, of a whole list, of a variable that is not given.
    `{ model(id: "!") { id } other: model(id: ${ID}) { id } }`,
    `{ modelsByIds(ids: ["!", ${ID}]) { id } }`,
    `{ models(first: -1) { totalCount } }`,
    `query ($id: ID!) { model(id: $id) { id } }`,
    `query A { model(id: ${ID}) { id } } query B { model(id: ${ID}) { name } }`,
    `{ _entities(representations: [{ __typename: "Model", id: ${ID} }, { __typename: "X" }]) { __typename } }`,
    `{ _entities(representations: [{ __typename: "Model", id: ${ID} }]) { ... on Model { id name } } }`,
    // A text that a compiler of JavaScript took for code.
    '{ model(id: "__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74dprocess.exit(1)") { id } }',
  ])('%s', (query) => expectEqual(query));

  test('with variables, also for fields that @skip and @include leave out', async () => {
    const query = `query ($id: ID!, $skip: Boolean!, $keys: [String!], $__proto__: Boolean = true) {
      model(id: $id) {
        id @skip(if: $skip) name @include(if: $skip) labels(keys: $keys) { key value }
        latestVersion @include(if: $__proto__) { versionName }
      }
    }`;
    for (const skip of [true, false]) {
      for (const id of [DOCUMENTED_ID, OTHER, 'model-none', '!']) {
        await expectEqual(query, { id, skip, keys: ['env'] });
        await expectEqual(query, { id, skip });
      }
    }
    await expectEqual(query, { id: 1.5, skip: 'yes' });
  });

  test('for any selection of a model', async () => {
    const leaf = fc.constantFrom('id', 'name', 'task', 'x: raw', '__typename', 'createdAt');
    const label = fc.constantFrom(
      'labels { key value }',
      'l: label(key: "env")',
      'workspace { id }',
    );
    const { field } = fc.letrec<{ field: string }>((tie) => ({
      field: fc.oneof(
        { maxDepth: 3 },
        leaf,
        label,
        fc
          .array(tie('field'), { minLength: 1, maxLength: 4 })
          .map((below) => `latestVersion { versionName model { id ${below.join(' ')} } }`),
        fc
          .array(tie('field'), { minLength: 1, maxLength: 4 })
          .map((f) => `... on Model { ${f.join(' ')} }`),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 5 }), (fields) =>
        expectEqual(`{ model(id: ${ID}) { ${fields.join(' ')} } }`),
      ),
      { numRuns: 15 },
    );
  }, 60_000);

  test('for a short text that fragments make large, within bounds', async () => {
    const fragments = Array.from(
      { length: 7 },
      (_, n) =>
        `fragment F${n} on Model { ${['a', 'b', 'c', 'd']
          .map((name) => `${name}: latestVersion { model { id ...F${n + 1} } }`)
          .join(' ')} }`,
    );
    const query = `{ model(id: ${ID}) { ...F0 } } ${fragments.join(' ')} fragment F7 on Model { id }`;
    await expectEqual(query);
  }, 60_000);
});

test('a fallback repeats no call', async () => {
  const query = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id name } }';
  for (let time = 0; time < OFTEN; time += 1) await compiled.query(query, { ids: [DOCUMENTED_ID] });
  const ids = [...sampleIds(9), '!'];
  const { errors, extensions } = await compiled.query(query, { ids });
  expect(errors).toHaveLength(1);
  const expected = (await ordinary.query(query, { ids })).extensions.upstream;
  expect({ ...extensions.upstream, waitMs: 0 }).toEqual({ ...expected, waitMs: 0 });
});
