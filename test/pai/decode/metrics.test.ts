// The forms of the free-form Metrics as results per dataset.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ExactNumber } from '../../../src/lib/json.js';
import { anyJson, asSent, versionWith } from './decoding.js';

const metric = (name: string, value: number | null, raw: unknown = value) => ({ name, value, raw });

describe('Metrics', () => {
  it.each([
    ['nothing in it', {}, []],
    ['no results', { Results: [] }, []],
    ['a text', { test: 'Metrics' }, [[metric('test', null, 'Metrics')]]],
    [
      'two entries',
      { test: 'test', test2: 1 },
      [[metric('test', null, 'test'), metric('test2', 1)]],
    ],
    ['Results of no list', { Results: 'many' }, [[metric('Results', null, 'many')]]],
  ])('with %s is one result without a dataset, or none', (_, sent, results) => {
    const { version, drift } = versionWith('Metrics', sent);
    expect(version.metricResults).toEqual(results.map((metrics) => ({ dataset: null, metrics })));
    expect(version.metricsRaw).toEqual(sent);
    expect(drift).toEqual([]);
  });

  // `Results: null` was a metric of that name.
  it.each([
    ['nothing else', { Results: null }, []],
    ['a metric', { Results: null, acc: 1 }, [{ dataset: null, metrics: [metric('acc', 1)] }]],
  ])('with Results of null and %s leave Results out', (_, sent, results) => {
    const { version, drift } = versionWith('Metrics', sent);
    expect(version.metricResults).toEqual(results);
    expect(version.metricsRaw).toEqual(sent);
    expect(drift).toEqual([]);
  });

  it.each([
    [{ DatasetId: 'd-1' }, { datasetId: 'd-1', uri: null }],
    [{ Uri: 'oss://xxxx/' }, { datasetId: null, uri: 'oss://xxxx/' }],
    [
      { DatasetId: 'd-1', Uri: 'oss://xxxx/' },
      { datasetId: 'd-1', uri: 'oss://xxxx/' },
    ],
    [{ DatasetId: '', Uri: '' }, null],
    [{}, null],
    [null, null],
    ['', null],
  ])('Metrics of the dataset %j are those of %j', (Dataset, dataset) => {
    const { version, drift } = versionWith('Metrics', {
      Results: [{ Dataset, Metrics: { a: 1 } }],
    });
    const ofModel = dataset && { modelId: 'model-a', ...dataset };
    expect(version.metricResults).toEqual([{ dataset: ofModel, metrics: [metric('a', 1)] }]);
    expect(drift).toEqual([]);
  });

  it('drop items that are not results, report each under its place, and keep the others', () => {
    const Results = [5, { Metrics: { a: 1 } }, null, { Dataset: 'd-1', Metrics: [1] }];
    const { version, drift } = versionWith('Metrics', { Results });
    expect(version.metricResults).toEqual([
      { dataset: null, metrics: [metric('a', 1)] },
      { dataset: null, metrics: [] },
    ]);
    expect(drift).toEqual([
      ['Metrics.Results', 'dropped_item'],
      ['Metrics.Results', 'dropped_item'],
      ['Metrics.Results.Dataset', 'unexpected_type'],
      ['Metrics.Results.Metrics', 'unexpected_type'],
    ]);
  });

  it.each(['[]', '"text"', '5', 'true'])(
    'Metrics that is %s is reported and stays in metricsRaw',
    (json) => {
      const { version, drift } = versionWith('Metrics', JSON.parse(json));
      expect(version.metricResults).toEqual([]);
      expect(version.metricsRaw).toEqual(JSON.parse(json));
      expect(drift).toEqual([['Metrics', 'unexpected_type']]);
    },
  );
});

describe('the value of a metric', () => {
  it.each([
    [0.175, 0.175],
    [-2, -2],
    ['0.175', 0.175],
    [' 12 ', 12],
    ['+1e-3', 0.001],
    ['.5', 0.5],
    ['5.', 5],
    ['', null],
    [' ', null],
    ['97%', null],
    ['0x10', null],
    ['1,5', null],
    ['NaN', null],
    ['Infinity', null],
    ['1e999', null],
    ['1e', null],
    ['.', null],
    ['1.2.3', null],
    ['0b1', null],
    ['\u00a012\n', 12],
    [true, null],
    [null, null],
    [[1], null],
    [{ mean: 1 }, null],
  ])('%j is %j', (raw, value) => {
    const { version, drift } = versionWith('Metrics', { a: raw });
    expect(version.metricResults[0]?.metrics).toEqual([{ name: 'a', value, raw }]);
    expect(drift).toEqual([]);
  });

  test('is finite or null, and raw equals the sent value, for any JSON', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), anyJson(), (name, raw) => {
        fc.pre(name !== 'Results');
        const { version } = versionWith('Metrics', JSON.parse(JSON.stringify({ [name]: raw })));
        const [only] = version.metricResults[0]?.metrics ?? [];
        expect(only?.name).toBe(name);
        expect(only?.raw).toEqual(raw);
        expect(only?.value === null || Number.isFinite(only?.value)).toBe(true);
      }),
    );
  });

  it.each([
    ['12345678901234567890', 12345678901234567000],
    ['-1e300', -1e300],
    ['1e400', null],
    ['1e-400', 0],
  ])('is the nearest double that there is, and raw keeps the digits: %s', (digits, value) => {
    const { version, drift } = versionWith('Metrics', asSent(`{"a":${digits}}`));
    expect(version.metricResults[0]?.metrics).toEqual([
      { name: 'a', value, raw: new ExactNumber(digits) },
    ]);
    expect(drift).toEqual([]);
  });

  it('may be named __proto__', () => {
    const { version } = versionWith('Metrics', JSON.parse('{"__proto__":0.5}'));
    expect(version.metricResults[0]?.metrics).toEqual([metric('__proto__', 0.5)]);
  });
});
