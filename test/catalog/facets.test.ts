import { expect, test } from 'vitest';
import { FacetCounts, type FacetField } from '../../src/catalog/facets.js';
import { decodeModel } from '../../src/pai/decode/model.js';

/** The values and counts of one field, of models with these elements of PAI. */
async function valuesOf(field: FacetField, models: readonly Record<string, unknown>[]) {
  const counts = new FacetCounts([field]);
  counts.add(
    models.map((model, index) =>
      decodeModel(JSON.parse(JSON.stringify(model)), `model-${index}`, () => {}),
    ),
  );
  const [facet] = await counts.facets(async () => {});
  return facet?.values.map(({ value, count }) => [value, count]);
}

const frameworks = (...types: unknown[]) =>
  types.map((FrameworkType) => ({ LatestVersion: { VersionName: '0.1.0', FrameworkType } }));

test.each<[FacetField, string]>([
  ['TASK', 'Task'],
  ['DOMAIN', 'Domain'],
  ['ORIGIN', 'Origin'],
  ['PROVIDER', 'Provider'],
  ['TYPE', 'ModelType'],
])(
  '%s counts the values of %s in their letter case, and neither empty nor missing ones',
  async (field, element) => {
    const texts = ['b', 'a', 'B', 'b', '', null, ' '];
    const models = [...texts.map((text) => ({ [element]: text })), {}];
    expect(await valuesOf(field, models)).toEqual([
      ['b', 2],
      [' ', 1],
      ['B', 1],
      ['a', 1],
    ]);
  },
);

test('LABEL_KEY counts a model once for each of its keys', async () => {
  const label = (Key: string, Value = '') => ({ Key, Value });
  const models = [
    { Labels: [label('env', 'test'), label('env', 'prod'), label('team')] },
    { Labels: [label('env'), label('')] },
    { Labels: [] },
  ];
  expect(await valuesOf('LABEL_KEY', models)).toEqual([
    ['env', 2],
    ['team', 1],
  ]);
});

test.each([
  [['PyTorch', 'Pytorch', 'PyTorch', 'pytorch', 'Keras', 'Keras'], { PyTorch: 4, Keras: 2 }],
  [['pytorch', 'Pytorch', 'PyTorch', 'pytorch'], { pytorch: 4 }],
  [['pytorch', 'PyTorch'], { PyTorch: 2 }],
  [['Keras', 'Keras', 'a', 'A', 'a', 'A', ''], { A: 4, Keras: 2 }],
])(
  'FRAMEWORK joins the spellings of %o under the most frequent one',
  async (spellings, expected) => {
    for (const order of [spellings, spellings.toReversed()]) {
      expect(await valuesOf('FRAMEWORK', [...frameworks(...order), {}])).toEqual(
        Object.entries(expected),
      );
    }
  },
);

test('ACCESSIBILITY counts the names of the enum', async () => {
  const models = ['PUBLIC', 'public', 'Secret', ''].map((Accessibility) => ({ Accessibility }));
  expect(await valuesOf('ACCESSIBILITY', models)).toEqual([
    ['PUBLIC', 2],
    ['UNRECOGNIZED', 1],
  ]);
});

test('values that no filter can hold are left out where a value is one of a filter', async () => {
  const texts = ['a\u0000b', 'x'.repeat(513), '\ud800', 'fine', 'x'.repeat(512)];
  expect(
    await valuesOf(
      'TASK',
      texts.map((Task) => ({ Task })),
    ),
  ).toEqual([
    ['fine', 1],
    ['x'.repeat(512), 1],
  ]);
  const provided = texts.map((Provider) => ({ Provider }));
  expect(await valuesOf('PROVIDER', provided)).toHaveLength(5);
});

test('each field is counted once, in the order of the first time that it is named', async () => {
  const counts = new FacetCounts(['TYPE', 'TASK', 'TYPE']);
  counts.add([decodeModel({ Task: 't', ModelType: 'm' }, 'model-1', () => {})]);
  expect(await counts.facets(async () => {})).toEqual([
    { field: 'TYPE', values: [{ value: 'm', count: 1 }] },
    { field: 'TASK', values: [{ value: 't', count: 1 }] },
  ]);
});
