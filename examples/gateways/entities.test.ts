// Entities that are absent or may not be read, behind real gateways: each key of each of them, alone and combined.
// The other subgraphs refer to them by fields that are not null, and lose none of their own data.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Federation, GATEWAYS, startFederation } from './federation';

const HERE = { modelId: 'model-rbvg5wzljzks92', versionName: '0.1.0' };
const GONE = { modelId: 'model-rbvg5wzljzks92', versionName: '9.9.9' };
const OF_NO_MODEL = { modelId: 'model-none', versionName: '0.1.0' };
const VERSIONS = [HERE, GONE, OF_NO_MODEL];

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation({ versions: VERSIONS, env: { CACHE_TTL_SECONDS: '0' } });
});
afterAll(() => federation[Symbol.asyncDispose]());

/** By its own key, each of the other subgraphs refers to all versions and their models. */
const REFERENCES = [
  { root: 'reviews', key: 'modelId and versionName' },
  { root: 'downloads', key: 'id' },
  { root: 'licences', key: 'both keys' },
];

const MODEL = 'id stars downloadsToday licence headline name domain labels { key }';
const VERSION =
  'id modelId versionName stars downloadsToday licence headline formatType metricResults { metric(name: "cer") } model { name }';

/** The other subgraphs' own data. */
const OTHERS = { downloadsToday: expect.any(Number), licence: 'MIT' };
const OF_MODEL = { ...OTHERS, stars: 5 };
const OF_VERSION = { ...OTHERS, stars: 4 };
const NO_MODEL = { headline: null, name: null, domain: null, labels: null };
const NO_VERSION = { headline: null, formatType: null, metricResults: null };

describe.each(GATEWAYS)('%s', (gateway) => {
  const ask = (query: string) => federation.query(gateway, { query });

  test.each(REFERENCES)('keeps all data beside an absent model, for $root', async ({ root }) => {
    await federation.setFaults();
    const { data, errors } = await ask(`{ ${root} { model { ${MODEL} } } }`);
    expect(errors).toEqual([]);
    const there = {
      ...OF_MODEL,
      id: HERE.modelId,
      name: '情感分析',
      headline: '情感分析, 5 stars',
      domain: 'cv',
      labels: expect.any(Array),
    };
    expect(data[root]).toEqual([
      { model: there },
      { model: there },
      { model: { ...OF_MODEL, ...NO_MODEL, id: 'model-none' } },
    ]);
  });

  test.each(REFERENCES)('keeps all data beside an absent version, by $key', async ({ root }) => {
    await federation.setFaults();
    const { data, errors } = await ask(`{ ${root} { version { ${VERSION} } } }`);
    expect(errors).toEqual([]);
    const id = expect.stringMatching(/^version:/);
    expect(data[root]).toEqual([
      {
        version: {
          ...OF_VERSION,
          ...HERE,
          id,
          formatType: 'SavedModel',
          headline: 'SavedModel, 4 stars',
          metricResults: expect.any(Array),
          model: { name: '情感分析' },
        },
      },
      { version: { ...OF_VERSION, ...NO_VERSION, ...GONE, id, model: { name: '情感分析' } } },
      { version: { ...OF_VERSION, ...NO_VERSION, ...OF_NO_MODEL, id, model: null } },
    ]);
  });

  test.each(REFERENCES)(
    'keeps all data beside a model that may not be read, for $root',
    async ({ root }) => {
      await federation.setFaults(forbidden('GetModel'));
      const { data, errors } = await ask(`{ ${root} { model { ${MODEL} } } }`);
      expect(data[root]).toEqual(
        VERSIONS.map(({ modelId }) => ({ model: { ...OF_MODEL, ...NO_MODEL, id: modelId } })),
      );
      expect(codesOf(errors)).toEqual(['FORBIDDEN']);
    },
  );

  test.each(REFERENCES)(
    'keeps all data beside a version that may not be read, by $key',
    async ({ root }) => {
      await federation.setFaults(forbidden('GetModelVersion'));
      const { data, errors } = await ask(`{ ${root} { version { ${VERSION} } } }`);
      const unread = { ...OF_VERSION, ...NO_VERSION, id: expect.stringMatching(/^version:/) };
      expect(data[root]).toEqual([
        { version: { ...unread, ...HERE, model: { name: '情感分析' } } },
        { version: { ...unread, ...GONE, model: { name: '情感分析' } } },
        { version: { ...unread, ...OF_NO_MODEL, model: null } },
      ]);
      expect(codesOf(errors)).toEqual(['FORBIDDEN']);
    },
  );

  test('keeps all data where every kind of reference meets in one operation', async () => {
    await federation.setFaults(forbidden('GetModelVersion'));
    const roots = REFERENCES.map(({ root }) => root);
    const selections = roots.map((root) => `${root} { model { ${MODEL} } version { ${VERSION} } }`);
    const { data, errors } = await ask(`{ ${selections.join(' ')} }`);
    for (const root of roots) {
      expect(data[root]).toMatchObject(
        VERSIONS.map((keys) => ({
          model: { ...OF_MODEL, id: keys.modelId },
          version: { ...OF_VERSION, ...NO_VERSION, ...keys },
        })),
      );
    }
    expect(codesOf(errors)).toEqual(['FORBIDDEN']);
  });

  test('fills in the workspaces and datasets that models refer to', async () => {
    await federation.setFaults();
    const { data, errors } = await ask(`{
      model(id: "${HERE.modelId}") {
        workspace { id costCentre }
        version(name: "0.1.0") { metricResults { dataset { dataset { id licence } } } }
      }
    }`);
    expect(errors).toEqual([]);
    const { workspace, version } = data.model;
    expect(workspace.costCentre).toBe(`costs of ${workspace.id}`);
    expect(version.metricResults[0].dataset.dataset).toEqual({
      id: 'd-sdkjanksaklerhfd',
      licence: 'licence of d-sdkjanksaklerhfd',
    });
  });
});

function forbidden(operation: string) {
  return { operation, fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' } };
}

function codesOf(errors: readonly { extensions: Readonly<Record<string, unknown>> }[]) {
  return [...new Set(errors.map(({ extensions }) => extensions.code))];
}
