// Scores of a model's versions side by side: a history for each score and dataset, from the call of `metricHistory`.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operationsAsked, withoutErrors } from '../graphql/list-answers.js';
import { modelId, numberedModels, numberedVersions, range } from '../graphql/numbered-registry.js';
import { type TestApp, withApp } from '../support/with-app.js';

const MODEL = modelId(0);

const open = (metrics: readonly unknown[]) =>
  withApp({
    sandbox: {
      models: numberedModels(1, () => ({
        versions: numberedVersions(metrics.length, (index) => ({ Metrics: metrics[index] })),
      })),
    },
  });

const ask = (app: TestApp, args = '', selection = HISTORY) =>
  app.query(`{ model(id: "${MODEL}") { id metricHistories${args} ${selection} } }`);

const HISTORY = `{
  metric dataset { datasetId uri } points { version { versionName } dataset { datasetId uri } value }
}`;

interface History {
  readonly metric: string;
  readonly dataset: { datasetId: string | null; uri: string | null } | null;
  readonly points: readonly {
    version: { versionName: string };
    dataset: History['dataset'];
    value: number | null;
  }[];
}

/** `cer d-1: 0.1.0=0.2 0.0.0=0.3` */
async function histories(app: TestApp, args = ''): Promise<string[]> {
  const found: History[] = withoutErrors(await ask(app, args)).model.metricHistories;
  return found.map(({ metric, dataset, points }) => {
    for (const point of points) expect(point.dataset).toEqual(dataset);
    const values = points.map(({ version, value }) => `${version.versionName}=${value}`);
    return `${metric} ${dataset?.datasetId ?? dataset?.uri ?? '–'}: ${values.join(' ')}`;
  });
}

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
  { Results: [{ Dataset: { DatasetId: 'd-1' }, Metrics: { cer: 'good' } }] },
];

describe('the histories of metrics', () => {
  test('are one for each metric and dataset, in the order of the newest version on', async () => {
    await using app = await open(METRICS);
    expect(await histories(app)).toEqual([
      'cer d-1: 0.4.0=null 0.1.0=0.2 0.0.0=0.3',
      'cer –: 0.3.0=0.15',
      'wer d-1: 0.1.0=0.5',
      'cer oss://bucket/: 0.1.0=0.21',
    ]);
  });

  test.each([
    ['(metrics: ["wer", "CER", "none"])', ['wer d-1: 0.1.0=0.5']],
    ['(metrics: [])', []],
    ['(dataset: "d-1", metrics: ["cer"])', ['cer d-1: 0.4.0=null 0.1.0=0.2 0.0.0=0.3']],
    ['(dataset: "d-9")', []],
    ['(first: 2)', ['cer d-1: 0.4.0=null', 'cer –: 0.3.0=0.15']],
    ['(first: 0)', []],
  ])('are those that %s asks for', async (args, expected) => {
    await using app = await open(METRICS);
    expect(await histories(app, args)).toEqual(expected);
  });

  test('share one call with the history of one metric', async () => {
    await using app = await open(METRICS);
    const { model } = withoutErrors(
      await app.query(`{ model(id: "${MODEL}") {
        metricHistory(metric: "cer") { value }
        all: metricHistories { points { version { model { name } } } }
        some: metricHistories(metrics: ["wer"], dataset: "d-1") { points { value } }
      } }`),
    );
    expect(model.metricHistory).toHaveLength(5);
    expect([model.all.length, model.some.length]).toEqual([4, 1]);
    expect(operationsAsked(app)).toEqual(['GetModel', 'ListModelVersions']);
  });

  test('of more than a hundred names are refused without a call', async () => {
    await using app = await open(METRICS);
    const names = JSON.stringify(Array.from({ length: 101 }, (_, index) => `m${index}`));
    const { data, errors } = await ask(app, `(metrics: ${names})`);
    expect(data.model).toEqual({ id: MODEL, metricHistories: null });
    expect(errors[0]?.message).toBe('metrics: at most 100 items are allowed, got 101.');
    expect(operationsAsked(app)).toEqual(['GetModel']);
  });

  test('that cannot be read are null with an error at their path; the model stands', async () => {
    await using app = await open(METRICS);
    app.sandbox.faults.add({
      operation: 'ListModelVersions',
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { data, errors } = await ask(app);
    expect(data.model).toEqual({ id: MODEL, metricHistories: null });
    expect(errors).toMatchObject([
      { path: ['model', 'metricHistories'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });
});

const datasets = fc.option(
  fc.record({
    datasetId: fc.option(fc.constantFrom('d-1', 'd-2', '["d-1"]')),
    uri: fc.option(fc.constantFrom('oss://a/', 'd-1')),
  }),
);
const names = fc.constantFrom('cer', 'wer', 'F1', '","', '__proto__x');
const versionsWithScores = fc.array(
  fc.array(
    fc.record({
      dataset: datasets,
      scores: fc.uniqueArray(fc.tuple(names, fc.integer({ min: -9, max: 9 })), {
        selector: ([name]) => name,
        maxLength: 4,
      }),
    }),
    { maxLength: 3 },
  ),
  { maxLength: 8 },
);

test('histories equal the points grouped by hand, for random versions, names, dataset and count', async () => {
  await fc.assert(
    fc.asyncProperty(
      versionsWithScores,
      fc.option(fc.uniqueArray(names)),
      fc.option(fc.constantFrom('d-1', 'd-2')),
      fc.nat(10),
      async (versions, wantedNames, wantedDataset, first) => {
        const metrics = versions.map((results) => ({
          Results: results.map(({ dataset, scores }) => ({
            ...(dataset && { Dataset: { DatasetId: dataset.datasetId, Uri: dataset.uri } }),
            Metrics: Object.fromEntries(scores),
          })),
        }));
        await using app = await open(metrics);
        const text = JSON.stringify;
        const args = `(metrics: ${text(wantedNames)}, dataset: ${text(wantedDataset)}, first: ${first})`;
        const points = versions
          .map((results, index) => ({ results, versionName: `0.${index}.0` }))
          .reverse()
          .slice(0, first)
          .flatMap(({ results, versionName }) =>
            results.flatMap(({ dataset, scores }) =>
              scores.map(([metric, value]) => {
                const isNamed = dataset?.datasetId || dataset?.uri;
                return { metric, value, versionName, dataset: isNamed ? { ...dataset } : null };
              }),
            ),
          )
          .filter(({ metric }) => wantedNames?.includes(metric) ?? true)
          .filter(({ dataset }) => !wantedDataset || dataset?.datasetId === wantedDataset);
        const expected: History[] = [];
        for (const { metric, value, versionName, dataset } of points) {
          const point = { version: { versionName }, dataset, value };
          const at = expected.findIndex(
            (history) => history.metric === metric && text(history.dataset) === text(dataset),
          );
          if (at < 0) expected.push({ metric, dataset, points: [point] });
          else expected[at] = { metric, dataset, points: [...(expected[at]?.points ?? []), point] };
        }
        expect(withoutErrors(await ask(app, args)).model.metricHistories).toEqual(expected);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test('points that an operation gathers count towards its response, selected or not', async () => {
  const scores = Object.fromEntries(range(0, 1000).map((index) => [`m${index}`, index]));
  await using app = await open(range(0, 10).map(() => ({ Results: [{ Metrics: scores }] })));
  const aliases = (count: number) =>
    range(0, count).map((index) => `a${index}: metricHistories { metric }`);
  const few = await app.query(`{ model(id: "${MODEL}") { ${aliases(5)} } }`);
  expect(withoutErrors(few).model.a4).toHaveLength(1000);
  const { data, errors } = await app.query(`{ model(id: "${MODEL}") { ${aliases(49)} } }`);
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 16 } }]);
});
