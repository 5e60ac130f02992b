import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DOCUMENTED_MODEL, sampleModels } from '../../sandbox/sandbox.js';
import { differencesFrom, differingPaths } from '../../src/doctor/compare.js';
import { CONTRACT, type Recorded } from '../../src/doctor/contract.js';
import type { Json, JsonObject } from '../../src/lib/json.js';
import { asSent } from '../pai/decode/decoding.js';

const json = fc.jsonValue() as fc.Arbitrary<Json>;
const recorded = fc.constantFrom(...Object.values(CONTRACT));

/** Any answer that keeps to the contract: every field absent, null or of its type. */
function answersOf(shape: Recorded): fc.Arbitrary<Json> {
  if (shape === 'string') return fc.string();
  if (shape === 'number') return fc.double({ noNaN: true });
  if (shape === 'boolean') return fc.boolean();
  if (shape === 'object') return fc.dictionary(fc.string(), json);
  if ('list' in shape) return fc.array(answersOf(shape.list), { maxLength: 3 });
  const fields = Object.entries(shape.fields).map(
    ([key, field]) => [key, fc.option(answersOf(field))] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
}

describe('an answer and the contract', () => {
  test('an answer and the contract that is kept have no differences', () => {
    const kept = recorded.chain((shape) => fc.tuple(fc.constant(shape), answersOf(shape)));
    fc.assert(
      fc.property(kept, ([shape, answer]) => {
        expect(differencesFrom(shape, answer)).toEqual([]);
      }),
    );
  });

  test('are compared for any answer', () => {
    fc.assert(
      fc.property(recorded, json, (shape, answer) => {
        const found = differencesFrom(shape, answer);
        // An answer of one of our operations is an object at least.
        if (typeof answer !== 'object' || answer === null) expect(found).toHaveLength(1);
      }),
    );
  });

  test('are alike for PAI’s documented model and all samples', () => {
    for (const { model, versions, tags } of sampleModels()) {
      const LatestVersion = versions.at(-1) ?? null;
      const item = { ...model, LatestVersion, Tags: tags } as unknown as JsonObject;
      expect(differencesFrom(CONTRACT.ListModels, { Models: [item], TotalCount: 1 })).toEqual([]);
    }
  });

  const { Tags: _, ...documented } = DOCUMENTED_MODEL.model as JsonObject & { Tags?: Json };
  test.each<[string, JsonObject, string]>([
    ['another type', { OrderNumber: '1' }, 'OrderNumber is a string, recorded as number'],
    ['a new field', { NewField: { a: 1 } }, 'NewField is not recorded'],
    [
      'another type within',
      { ExtraInfo: { Rating: '4.94' } },
      'ExtraInfo.Rating is a string, recorded as number',
    ],
    [
      'a new field within',
      { LatestVersion: { Labels: [{ Key: 'a', Kind: 'b' }] } },
      'LatestVersion.Labels[].Kind is not recorded',
    ],
    ['no list', { Labels: {} }, 'Labels is an object, recorded as list'],
    ['a hole in a list', { Labels: [null] }, 'Labels[] is null, recorded as object'],
    ['a list for an object', { LatestVersion: [] }, 'LatestVersion is a list, recorded as object'],
    ['a flag', { ModelDoc: true }, 'ModelDoc is true or false, recorded as string'],
    ['what only lists say', { Tags: [] }, 'Tags is not recorded'],
    ['a name of Object’s own', { constructor: 1 }, 'constructor is not recorded'],
  ])('differ by %s, which is named', (_name, change, difference) => {
    const answer = { ...documented, ...change };
    expect(differencesFrom(CONTRACT.GetModel, answer)).toEqual([difference]);
  });

  test('have one difference for a property of many items', () => {
    const Models = [1, 2, 3].map((Kind) => ({ ModelId: 'model-a', Kind }));
    expect(differencesFrom(CONTRACT.ListModels, { Models })).toEqual([
      'Models[].Kind is not recorded',
    ]);
  });

  test('do not differ by how large a number is', () => {
    const answer = asSent('{"OrderNumber":9007199254740993}');
    expect(differencesFrom(CONTRACT.GetModel, answer)).toEqual([]);
    expect(differencesFrom(CONTRACT.GetModel, asSent('{"ModelId":9007199254740993}'))).toEqual([
      'ModelId is a number, recorded as string',
    ]);
  });

  test('do not differ in free JSON', () => {
    const answer = { ExtraInfo: { test: '15' }, LatestVersion: { Metrics: { cer: [] } } };
    expect(differencesFrom(CONTRACT.GetModel, answer)).toEqual([]);
  });

  test('are told without the control characters of a key', () => {
    const answer = { [`\u001b[2J\u009b1m\n${'k'.repeat(100)}`]: 1 };
    expect(differencesFrom(CONTRACT.GetModel, answer)).toEqual([
      `??2J?1m?${'k'.repeat(56)} is not recorded`,
    ]);
  });
});

describe('two answers on one thing', () => {
  test('two answers on one thing that are equal differ nowhere', () => {
    fc.assert(
      fc.property(json, (answer) => {
        expect(differingPaths(answer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
      }),
    );
  });

  test('differ in both directions alike, for any two', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        const paths = differingPaths(one, other);
        expect([...differingPaths(other, one)].sort()).toEqual([...paths].sort());
      }),
    );
  });

  test('differ by digits that doubles do not hold', () => {
    const one = asSent('{"A":9007199254740993,"B":[1e400]}');
    expect(differingPaths(one, asSent('{"A":9007199254740993,"B":[1e400]}'))).toEqual([]);
    expect(differingPaths(one, asSent('{"A":9007199254740992,"B":[1e401]}'))).toEqual(['A', 'B[]']);
    expect(differingPaths(one, { A: 2 ** 53, B: [{}] })).toEqual(['A', 'B[]']);
  });

  test('differ at the paths that are named, and never by their order', () => {
    const listed = { A: 1, B: { C: [1, 2], D: 'x' }, E: [{ F: 1 }, { F: 2 }], G: null };
    const single = { B: { D: 'y', C: [1] }, E: [{ F: 0 }, { F: 0 }], G: null, A: 1, H: 'h' };
    expect(differingPaths(listed, single)).toEqual(['B.C', 'B.D', 'E[].F', 'H']);
  });
});
