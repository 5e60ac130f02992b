// A stored value is read back as an equal value, and any other text is read as undefined.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryType } from '../../src/cache/entry.js';
import { MODEL, MODEL_PAGE, VERSION, VERSION_PAGE } from '../../src/catalog/stored-forms.js';
import { decodeModel, decodeModelPage, decodeVersionPage } from '../../src/pai/decode/model.js';
import { decodeVersion } from '../../src/pai/decode/version.js';
import { documentedExample, documentedVersion } from '../pai/decode/decoding.js';

const drift = () => {};
const DOCUMENTED = documentedExample();
const LATEST = documentedVersion();

/** As it comes back from Redis. */
function stored<T>(kind: EntryType<T>, value: T): T | undefined {
  return kind.read(JSON.parse(JSON.stringify(kind.write(value))));
}

describe('a value that is stored and read back', () => {
  test('is the documented model, with its latest version and all that PAI sent', () => {
    const model = decodeModel(DOCUMENTED, String(DOCUMENTED.ModelId), drift);
    expect(model).toMatchObject({ name: '情感分析', latestVersion: { versionName: '0.1.0' } });
    expect(stored(MODEL, model)).toEqual(model);
  });

  test('is a model of a list, with its tags beside the rest', () => {
    const wire = { ...DOCUMENTED, Tags: [{ Key: 'k', Value: 'v' }, { Key: 'l' }] };
    const model = decodeModel(wire, String(DOCUMENTED.ModelId), drift);
    expect(stored(MODEL, model)).toEqual(model);
    expect(stored(MODEL, model)).toMatchObject({ raw: DOCUMENTED, tags: [{ key: 'k' }, {}] });
  });

  test('is the documented version, with the model that it is of', () => {
    const version = decodeVersion(LATEST, 'model-a', '', drift);
    if (version === null) throw new Error('It is a version.');
    expect(stored(VERSION, version)).toEqual(version);
    expect(stored(VERSION, version)?.modelId).toBe('model-a');
  });

  test.each([
    ['a page', { Models: [{ ...DOCUMENTED, Tags: [] }, { ModelId: 'b' }], TotalCount: 7 }],
    [
      'an item that could not be read, in its place',
      { Models: [{}, { ModelId: 'b' }, 5], TotalCount: 3 },
    ],
    ['no items', { Models: [], TotalCount: 0 }],
    ['a total that PAI did not say', { Models: [{ ModelId: 'b' }] }],
  ])('is a page of models: %s', (_, body) => {
    const page = decodeModelPage(body, drift);
    expect(stored(MODEL_PAGE, page)).toEqual(page);
  });

  test.each([
    ['a page', { Versions: [LATEST, { VersionName: '2' }], TotalCount: 7 }],
    [
      'an item that could not be read, in its place',
      { Versions: [{}, { VersionName: '2' }], TotalCount: 2 },
    ],
    ['no items', { Versions: [], TotalCount: 0 }],
  ])('is a page of versions: %s', (_, body) => {
    const page = decodeVersionPage(body, 'model-a', drift);
    expect(stored(VERSION_PAGE, page)).toEqual(page);
  });

  test('is all that PAI sent, known or not', () => {
    const key = fc.oneof(
      fc.constantFrom(...Object.keys(DOCUMENTED), ...Object.keys(LATEST)),
      fc.string(),
    );
    // JSON knows no -0.
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(fc.dictionary(key, json), (wire) => {
        const model = decodeModel({ ...wire, ModelId: 'model-a' }, 'model-a', drift);
        expect(stored(MODEL, model)).toEqual(model);
        const page = decodeVersionPage(
          { Versions: [{ ...wire, VersionName: '1' }, wire] },
          'model-a',
          drift,
        );
        expect(stored(VERSION_PAGE, page)).toEqual(page);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a value of another origin', () => {
  const KINDS: Record<string, EntryType<unknown>> = {
    model: MODEL as EntryType<unknown>,
    version: VERSION as EntryType<unknown>,
    model_page: MODEL_PAGE as EntryType<unknown>,
    version_page: VERSION_PAGE as EntryType<unknown>,
  };
  test.each<[string, unknown]>([
    ['model', null],
    ['model', 'text'],
    ['model', []],
    ['model', {}],
    ['model', { ModelId: 5 }],
    ['model', { ModelId: '..' }],
    ['version', {}],
    ['version', { modelId: 'model-a' }],
    ['version', { modelId: 'model-a', raw: [] }],
    ['version', { modelId: 'model-a', raw: {} }],
    ['version', { modelId: 5, raw: { VersionName: '1' } }],
    ['version', { modelId: '..', raw: { VersionName: '1' } }],
    ['version', { modelId: 'model-a', raw: { VersionName: '..' } }],
    ['version', { modelId: 'model-a', raw: { VersionName: '\ud800' } }],
    ['version', { VersionName: '1' }],
    ['model_page', null],
    ['model_page', []],
    ['model_page', { total: 5 }],
    ['model_page', { items: {}, total: 5 }],
    ['model_page', { items: [{ ModelId: 'a' }, {}], total: 2 }],
    ['model_page', { items: [{ ModelId: 'a' }, 'text'], total: 2 }],
    ['model_page', { items: [{ ModelId: '..' }], total: 1 }],
    ['version_page', { items: [{ modelId: 'model-a', raw: {} }], total: 1 }],
    ['version_page', { items: [{ VersionName: '1' }], total: 1 }],
  ])('is read as undefined: %s of %j', (kind, garbage) => {
    expect(KINDS[kind]?.read(garbage)).toBeUndefined();
  });

  test('never causes an error', () => {
    const piece = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom({ ModelId: 'a' }, { modelId: 'a', raw: { VersionName: '1' } }),
    );
    const anything = fc.oneof(
      piece,
      fc.dictionary(
        fc.constantFrom('items', 'total', 'modelId', 'raw', 'ModelId', 'LatestVersion'),
        piece,
      ),
      fc.record({ items: fc.array(piece), total: piece }),
    );
    fc.assert(
      fc.property(anything, (garbage) => {
        for (const kind of Object.values(KINDS)) kind.read(garbage);
      }),
      { numRuns: 1000 },
    );
  });

  test('is never taken for a value of another kind: all names differ', () => {
    const names = Object.values(KINDS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(Object.keys(KINDS));
  });
});
