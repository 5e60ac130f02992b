// One score over the versions of a model, newest first, from one call.
import { describe, expect, test } from 'vitest';
import { operationsAsked, withoutErrors } from '../graphql/list-answers.js';
import { modelId, numberedModels, numberedVersions } from '../graphql/numbered-registry.js';
import { type TestApp, withApp } from '../support/with-app.js';

const MODEL = modelId(0);

/** Of versions 0.0.0, 0.1.0, …: each in a form that PAI has been seen to give. */
const METRICS = [
  { Results: [{ Dataset: { DatasetId: 'd-1' }, Metrics: { cer: 0.3 } }] },
  {
    Results: [
      { Dataset: { DatasetId: 'd-1' }, Metrics: { cer: 0.2, wer: 0.5 } },
      { Dataset: { Uri: 'oss://bucket/' }, Metrics: { cer: 0.21 } },
    ],
  },
  {},
  { cer: '0.15' },
  { Results: [{ Dataset: { DatasetId: 'd-2' }, Metrics: { cer: 'good' } }] },
];

const open = (sandbox = {}) =>
  withApp({
    sandbox: {
      models: numberedModels(1, () => ({
        versions: numberedVersions(METRICS.length, (index) => ({ Metrics: METRICS[index] })),
      })),
      ...sandbox,
    },
  });

const ask = (app: TestApp, args: string, selection = 'version { versionName } value') =>
  app.query(`{ model(id: "${MODEL}") { id metricHistory(${args}) { ${selection} } } }`);

type Points = { version: { versionName: string }; value: number | null }[];

async function pointsOf(app: TestApp, args: string): Promise<[string, number | null][]> {
  const points: Points = withoutErrors(await ask(app, args)).model.metricHistory;
  return points.map(({ version, value }) => [version.versionName, value]);
}

describe('the history of a metric', () => {
  test('is its value of every version that has it, newest first', async () => {
    await using app = await open();
    expect(await pointsOf(app, 'metric: "cer"')).toEqual([
      ['0.4.0', null],
      ['0.3.0', 0.15],
      ['0.1.0', 0.2],
      ['0.1.0', 0.21],
      ['0.0.0', 0.3],
    ]);
  });

  test('is one call beyond its model’s, in the exact form', async () => {
    await using app = await open();
    await ask(
      app,
      'metric: "cer"',
      'value version { id model { name } } dataset { datasetId uri }',
    );
    expect(app.sandbox.requests.map(({ operation, query }) => [operation, query])).toEqual([
      ['GetModel', {}],
      [
        'ListModelVersions',
        { SortBy: 'GmtCreateTime', Order: 'DESC', PageNumber: '1', PageSize: '20' },
      ],
    ]);
  });

  test('is that on one dataset when it is named', async () => {
    await using app = await open();
    expect(await pointsOf(app, 'metric: "cer", dataset: "d-1"')).toEqual([
      ['0.1.0', 0.2],
      ['0.0.0', 0.3],
    ]);
    expect(await pointsOf(app, 'metric: "cer", dataset: "d-9"')).toEqual([]);
    expect(await pointsOf(app, 'metric: "cer", dataset: null')).toHaveLength(5);
  });

  test('gives the dataset of each score', async () => {
    await using app = await open();
    const { model } = withoutErrors(
      await ask(app, 'metric: "cer", first: 4', 'dataset { datasetId uri dataset { id } }'),
    );
    expect(model.metricHistory).toEqual([
      { dataset: { datasetId: 'd-2', uri: null, dataset: { id: 'd-2' } } },
      { dataset: null },
      { dataset: { datasetId: 'd-1', uri: null, dataset: { id: 'd-1' } } },
      { dataset: { datasetId: null, uri: 'oss://bucket/', dataset: null } },
    ]);
  });

  test('is empty for a name that no version has, which is matched exactly', async () => {
    await using app = await open();
    expect(await pointsOf(app, 'metric: "CER"')).toEqual([]);
    expect(await pointsOf(app, 'metric: ""')).toEqual([]);
    expect(await pointsOf(app, 'metric: "wer"')).toEqual([['0.1.0', 0.5]]);
  });

  test('looks at so many versions as asked', async () => {
    await using app = await open();
    expect(await pointsOf(app, 'metric: "cer", first: 2')).toEqual([
      ['0.4.0', null],
      ['0.3.0', 0.15],
    ]);
    expect(app.sandbox.requests[1]?.query).toMatchObject({ PageNumber: '1', PageSize: '2' });
  });

  test('the history of a metric of no versions costs nothing', async () => {
    await using app = await open();
    expect(await pointsOf(app, 'metric: "cer", first: 0')).toEqual([]);
    expect(operationsAsked(app)).toEqual(['GetModel']);
  });

  test('the history of a metric of a hundred is still one call, and goes on where PAI cuts the page', async () => {
    const versions = numberedVersions(110, (index) => ({ Metrics: { step: index } }));
    const models = numberedModels(1, () => ({ versions }));
    for (const [pageSizeMax, calls] of [
      [100, 1],
      [50, 2],
    ] as const) {
      await using app = await open({ models, pageSizeMax });
      const points = await pointsOf(app, 'metric: "step", first: 100');
      expect(points).toHaveLength(100);
      expect([points[0], points[99]]).toEqual([
        ['0.109.0', 109],
        ['0.10.0', 10],
      ]);
      expect(operationsAsked(app)).toEqual(['GetModel', ...Array(calls).fill('ListModelVersions')]);
    }
  });

  test('the history of a metric of several metrics and a page of the same versions are one call', async () => {
    await using app = await open();
    const { model } = withoutErrors(
      await app.query(`{ model(id: "${MODEL}") {
        cer: metricHistory(metric: "cer") { value }
        wer: metricHistory(metric: "wer", dataset: "d-1") { value }
        versions(orderBy: { field: CREATED_AT, direction: DESC }) { totalCount nodes { id } }
      } }`),
    );
    expect([model.cer.length, model.wer.length, model.versions.totalCount]).toEqual([5, 1, 5]);
    expect(operationsAsked(app)).toEqual(['GetModel', 'ListModelVersions']);
  });

  test.each(['first: -1', 'first: 101'])('is refused with %s, for any selection', async (args) => {
    await using app = await open();
    const { data, errors } = await ask(app, `metric: "cer", ${args}`, '__typename');
    expect(data.model).toEqual({ id: MODEL, metricHistory: null });
    expect(errors).toMatchObject([
      { path: ['model', 'metricHistory'], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(errors[0]?.message).toMatch(/^first must/);
    expect(operationsAsked(app)).toEqual(['GetModel']);
  });

  test('the history of a metric that cannot be read is null with an error at its path; the model stands', async () => {
    await using app = await open();
    app.sandbox.faults.add({
      operation: 'ListModelVersions',
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { data, errors } = await ask(app, 'metric: "cer"');
    expect(data.model).toEqual({ id: MODEL, metricHistory: null });
    expect(errors).toMatchObject([
      { path: ['model', 'metricHistory'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });
});
