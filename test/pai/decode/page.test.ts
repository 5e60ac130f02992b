// One page of a list: the parts that count when others are absent or broken.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGlobalId, versionId } from '../../../src/domain/ids.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { decodeModelPage, decodeVersionPage } from '../../../src/pai/decode/model.js';
import {
  getModelVersionRequest,
  listPageRequest,
  modelListQuery,
  versionListQueries,
} from '../../../src/pai/request.js';
import {
  anyId,
  anyJson,
  asSent,
  type DriftEvent,
  documentedExample,
  documentedVersion,
} from './decoding.js';

const MODEL_PAGE = listPageRequest(modelListQuery(), { number: 1, size: 10 });

function models(body: JsonObject) {
  const drift: DriftEvent[] = [];
  const page = decodeModelPage(body, (field, kind) => drift.push([field, kind]));
  return { ids: page.items.map((item) => item?.id ?? null), total: page.total, page, drift };
}

function versions(body: JsonObject) {
  const drift: DriftEvent[] = [];
  const page = decodeVersionPage(body, 'model-a', (field, kind) => drift.push([field, kind]));
  return { names: page.items.map((item) => item?.versionName ?? null), page, drift };
}

describe('a page of models', () => {
  it('holds the models in order, with the tags that only lists have, and the total', () => {
    const tagged = { ...documentedExample(), Tags: [{ Key: 'team', Value: 'nlp' }] };
    const { page, drift } = models({ Models: [tagged, { ModelId: 'b' }], TotalCount: 53 });
    expect(page.total).toBe(53);
    expect(page.items).toMatchObject([
      { id: documentedExample().ModelId, tags: [{ key: 'team', value: 'nlp' }] },
      { id: 'b', tags: null, latestVersion: null },
    ]);
    expect(drift).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['absent', { TotalCount: 0 }],
    ['null', { Models: null, TotalCount: 0 }],
    ['empty', { Models: [], TotalCount: 0 }],
  ])('is empty when its models are %s', (_, body) => {
    expect(models(body)).toMatchObject({ ids: [], total: 0, drift: [] });
  });

  it.each<[string, JsonObject]>([
    ['absent', { Models: [{ ModelId: 'a' }] }],
    ['null', { Models: [{ ModelId: 'a' }], TotalCount: null }],
  ])('has no total when it is %s', (_, body) => {
    expect(models(body)).toMatchObject({ ids: ['a'], total: null, drift: [] });
  });

  it('has no total when it is text or beyond 2^53, which is reported', () => {
    const text = models({ Models: [], TotalCount: '5' });
    expect([text.total, text.drift]).toEqual([null, [['TotalCount', 'unexpected_type']]]);
    const large = models(asSent('{"Models":[],"TotalCount":9007199254740993}'));
    expect([large.total, large.drift]).toEqual([null, [['TotalCount', 'out_of_range']]]);
  });

  // A negative total went out as it was.
  it.each([-1, -(2 ** 40)])('has no total when it is %s, which is reported', (TotalCount) => {
    const list = models({ Models: [{ ModelId: 'a' }], TotalCount });
    expect(list).toMatchObject({ ids: ['a'], total: null });
    expect(list.drift).toEqual([['TotalCount', 'out_of_range']]);
  });

  it.each([[{}], [{ ModelId: '' }], [{ ModelId: null }], [{ ModelId: 5 }], [null], ['a'], [[]]])(
    'drops an item without its id (%j), counts it, and keeps the places of the others',
    (item) => {
      const { ids, drift } = models({
        Models: [{ ModelId: 'a' }, item, { ModelId: 'b' }],
        TotalCount: 3,
      });
      expect(ids).toEqual(['a', null, 'b']);
      expect(drift).toEqual([['Models', 'dropped_item']]);
    },
  );

  it.each(['..', '.', '-a', 'a/b', 'a b', '\ud800', 'é', 'a'.repeat(129), 'version:YS8x'])(
    'drops an item whose id has not the form of one (%j), and counts it',
    (ModelId) => {
      const { ids, drift } = models({ Models: [{ ModelId }, { ModelId: 'b' }], TotalCount: 2 });
      expect(ids).toEqual([null, 'b']);
      expect(drift).toEqual([['Models', 'dropped_item']]);
    },
  );

  it('lets only an id into the path of a call, and counts each other text', () => {
    fc.assert(
      fc.property(fc.array(anyId()), (texts) => {
        const { ids, drift } = models({ Models: texts.map((ModelId) => ({ ModelId })) });
        expect(ids).toHaveLength(texts.length);
        for (const [index, id] of ids.entries()) {
          if (id === null) continue;
          expect(id).toBe(texts[index]);
          const { pathname } = new URL(versionListQueries()(id).pathname, 'http://localhost');
          expect(pathname).toBe(`/api/v1/models/${id}/versions`);
          expect(parseGlobalId(id)).toEqual({ kind: 'model', modelId: id });
        }
        expect(drift).toHaveLength(ids.filter((id) => id === null).length);
      }),
    );
  });

  it('is decoded with any value in an item', () => {
    fc.assert(
      fc.property(fc.array(anyJson()), (items) => {
        expect(models({ Models: items, TotalCount: 1 }).ids).toHaveLength(items.length);
      }),
    );
  });
});

describe('a page of versions', () => {
  it('holds the versions in order, each with the id of its model', () => {
    const { page, drift } = versions({
      Versions: [documentedVersion(), { VersionName: '0.2.0' }],
      TotalCount: 2,
    });
    expect(page.items).toMatchObject([
      { modelId: 'model-a', versionName: '0.1.0' },
      { modelId: 'model-a', versionName: '0.2.0' },
    ]);
    expect([page.total, drift]).toEqual([2, []]);
  });

  it('lets only a name into the path of a call and into an id, and counts each other text', () => {
    fc.assert(
      fc.property(fc.array(anyId()), (texts) => {
        const { names, drift } = versions({
          Versions: texts.map((VersionName) => ({ VersionName })),
        });
        expect(names).toHaveLength(texts.length);
        for (const [index, versionName] of names.entries()) {
          if (versionName === null) continue;
          expect(versionName).toBe(texts[index]);
          const request = getModelVersionRequest('model-a', versionName);
          const { pathname } = new URL(request.pathname, 'http://localhost');
          expect(pathname).toBe(`/api/v1/models/model-a/versions/${versionName}`);
          const key = { modelId: 'model-a', versionName };
          expect(parseGlobalId(versionId('model-a', versionName))).toEqual({
            kind: 'version',
            ...key,
          });
        }
        expect(drift).toHaveLength(names.filter((name) => name === null).length);
      }),
    );
  });

  it.each([
    [{}],
    [{ VersionName: '' }],
    [{ VersionName: 5 }],
    [{ VersionName: '..' }],
    [{ VersionName: '\ud800' }],
    [null],
    [7],
  ])(
    'drops an item without its name (%j), counts it, and keeps the places of the others',
    (item) => {
      const { names, drift } = versions({ Versions: [{ VersionName: '1' }, item], TotalCount: 2 });
      expect(names).toEqual(['1', null]);
      expect(drift).toEqual([['Versions', 'dropped_item']]);
    },
  );
});

describe('an answer', () => {
  it.each<[boolean, JsonObject]>([
    [true, { Models: [], TotalCount: 0 }],
    [true, { Models: [] }],
    [true, { TotalCount: 0 }],
    [true, { Models: null, TotalCount: 0 }],
    [false, {}],
    [false, { Models: null }],
    [false, { Models: {}, TotalCount: 0 }],
    [false, { Models: 'none', TotalCount: 0 }],
    [false, { TotalCount: '0' }],
    [false, { Versions: [] }],
    [false, { Code: 'InternalError', Message: 'no' }],
  ])('is a page of models (%s): %j', (isPage, body) => {
    expect(MODEL_PAGE.isAnswer(body)).toBe(isPage);
  });

  it('is a page of models although its total is beyond 2^53', () => {
    expect(MODEL_PAGE.isAnswer(asSent('{"TotalCount":9007199254740993}'))).toBe(true);
  });
});
