// The datasets behind the ids of scores: those of a workspace read at once, within what a caller may see.
import { expect, test } from 'vitest';
import type { WireModel } from '../../sandbox/sandbox.js';
import { modelId, numberedModels, numberedVersions, range } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, keysEnv } from '../support/callers.js';
import { type TestApp, withApp } from '../support/with-app.js';

const EXPLAIN = { 'x-upstream-explain': 'true' };
const datasetId = (index: number) => `d-${String(index).padStart(3, '0')}`;
/** Model n is in workspace n of three. */
const workspaceOf = (index: number) => String(100 + (index % 3));

const aDataset = (index: number): WireModel => ({
  DatasetId: datasetId(index),
  Name: `Dataset ${index}`,
  DataType: 'TEXT',
  Accessibility: 'ROLE_PUBLIC',
  Uri: `oss://bucket/${index}/`,
  Labels: [{ Key: 'k', Value: 'v' }],
  OwnerId: 'secret-owner',
  WorkspaceId: workspaceOf(index),
  GmtCreateTime: new Date(Date.UTC(2023, 0, 1) + index * 60_000).toISOString(),
});

/** Each version of model n is scored on dataset n. */
const models = numberedModels(30, (index) => ({
  model: { WorkspaceId: workspaceOf(index) },
  versions: numberedVersions(3, () => ({
    Metrics: { Results: [{ Dataset: { DatasetId: datasetId(index) }, Metrics: { cer: 0.5 } }] },
  })),
}));

function open(env: Record<string, string> = {}) {
  return withApp({
    isClockStill: true,
    env: { UPSTREAM_RATE_PER_SECOND: '1000', ...env },
    sandbox: {
      models,
      workspaces: range(0, 3).map((index) => ({ WorkspaceId: workspaceOf(index) })),
      datasets: range(0, 30).map(aDataset),
    },
  });
}

const operationsOf = ({ sandbox }: TestApp) => sandbox.requests.map(({ operation }) => operation);
const SCORES = 'metricResults { dataset { datasetId dataset { id name } } }';
const PAGE = `{ models(first: 30) { nodes { latestVersion { ${SCORES} } } } }`;

test('the datasets of a page cost one call for each workspace', async () => {
  await using app = await open();
  const { explain } = (await app.query(PAGE, {}, EXPLAIN)).extensions;
  expect(explain.price).toBe(31);
  const { data, errors, extensions } = await app.query(PAGE);
  expect(errors).toEqual([]);
  expect(data.models.nodes[29].latestVersion.metricResults).toEqual([
    { dataset: { datasetId: 'd-029', dataset: { id: 'd-029', name: 'Dataset 29' } } },
  ]);
  expect(extensions.upstream.byOperation).toEqual({ ListModels: 1, ListDatasets: 3 });
  const [first] = app.sandbox.requests.filter(({ operation }) => operation === 'ListDatasets');
  expect(first?.query).toMatchObject({ WorkspaceId: '100', PageSize: '10' });
  expect((await app.query(PAGE)).extensions.upstream.calls).toBe(0);
  app.passes(40_000);
  app.sandbox.reset();
  await app.query(PAGE);
  await expect
    .poll(() => operationsOf(app).sort())
    .toEqual(['ListDatasets', 'ListDatasets', 'ListDatasets', 'ListModels']);
});

test.each([
  [`{ model(id: "${modelId(4)}") { versions(first: 3) { nodes { ${SCORES} } } } }`, 3],
  [
    `{ model(id: "${modelId(4)}") { metricHistory(metric: "cer") { dataset { dataset { name } } } } }`,
    3,
  ],
  [`{ modelVersion(modelId: "${modelId(4)}", versionName: "0.1.0") { ${SCORES} } }`, 3],
  [
    `{ model(id: "${modelId(4)}") { latestVersion { metricResults { dataset { dataset { id } } } } } }`,
    1,
  ],
])('%s has the price of its calls', async (query, price) => {
  await using app = await open();
  const { explain } = (await app.query(query, {}, EXPLAIN)).extensions;
  expect(explain.price).toBe(price);
  const { errors, extensions } = await app.query(query);
  expect([errors, extensions.upstream.calls]).toEqual([[], price]);
});

test('a dataset that its workspace does not list is read by its id, and null where it is gone', async () => {
  await using app = await open();
  app.sandbox.setDatasets([{ ...aDataset(4), WorkspaceId: '999' }]);
  const ask = (index: number) =>
    app.query(`{ model(id: "${modelId(index)}") { latestVersion { ${SCORES} } } }`);
  const moved = await ask(4);
  expect(moved.data.model.latestVersion.metricResults[0].dataset.dataset.name).toBe('Dataset 4');
  const gone = await ask(5);
  expect(gone.errors).toEqual([]);
  expect(gone.data.model.latestVersion.metricResults[0].dataset).toEqual({
    datasetId: 'd-005',
    dataset: null,
  });
  expect(operationsOf(app)).toEqual([
    ...['GetModel', 'ListDatasets', 'GetDataset'],
    ...['GetModel', 'ListDatasets', 'GetDataset'],
  ]);
});

test('without the right the dataset alone is FORBIDDEN, and its siblings stand', async () => {
  await using app = await open();
  const fault = { kind: 'error', status: 403, code: 'NoPermission' } as const;
  app.sandbox.faults.add({ operation: 'ListDatasets', fault });
  const { data, errors } = await app.query(
    `{ model(id: "${modelId(4)}") { name latestVersion { ${SCORES} } } }`,
  );
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  expect(data.model.name).toBe('name 4');
  expect(data.model.latestVersion.metricResults[0].dataset.datasetId).toBe('d-004');
});

const REFERENCES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Dataset {
  id name description dataType dataSourceType property accessibility uri workspaceId
  labels { key value } createdAt updatedAt } } }`;
const reference = (id: string) => ({ __typename: 'Dataset', id });

test('a reference is one GetDataset, and gives PAI’s values without ids of people', async () => {
  await using app = await open();
  const { data, errors, extensions } = await app.query(REFERENCES, {
    of: [reference('d-001'), reference('d-none'), reference('d 1')],
  });
  expect(extensions.upstream.byOperation).toEqual({ GetDataset: 2 });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(data._entities).toEqual([
    {
      ...{ id: 'd-001', name: 'Dataset 1', description: null, dataType: 'TEXT', property: null },
      ...{ dataSourceType: null, accessibility: 'ROLE_PUBLIC', uri: 'oss://bucket/1/' },
      ...{ workspaceId: '101', labels: [{ key: 'k', value: 'v' }], updatedAt: null },
      createdAt: '2023-01-01T00:01:00.000Z',
    },
    null,
    null,
  ]);
  expect(app.events.filter(({ type }) => type === 'drift')).toEqual([]);
});

test('a caller of some workspaces sees the datasets of these alone', async () => {
  await using keys = await aFile(apiKeys({ one: ['101'], all: null }));
  await using app = await open(keysEnv(keys));
  const of = range(0, 3).map((index) => reference(datasetId(index)));
  const seen = await app.query(REFERENCES, { of }, byKey('all'));
  expect(seen.data._entities).toHaveLength(3);
  const { data, errors } = await app.query(REFERENCES, { of }, byKey('one'));
  expect(errors).toEqual([]);
  expect(data._entities.map((one: { name: string } | null) => one?.name ?? null)).toEqual([
    ...[null, 'Dataset 1', null],
  ]);
  // One that is shared from another workspace is listed in theirs, and stays hidden.
  const body = { Datasets: [{ ...aDataset(4), WorkspaceId: '102' }], TotalCount: 1 };
  app.sandbox.faults.add({ operation: 'ListDatasets', fault: { kind: 'wrongShape', body } });
  app.sandbox.setDatasets([{ ...aDataset(4), WorkspaceId: '102' }]);
  const query = `{ model(id: "${modelId(4)}") { latestVersion { ${SCORES} } } }`;
  const hidden = await app.query(query, {}, byKey('one'));
  expect(hidden.errors).toEqual([]);
  expect(hidden.data.model.latestVersion.metricResults[0].dataset.dataset).toBeNull();
});
