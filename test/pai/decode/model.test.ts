// The documented example field by field, and the model that results when one field is not as documented.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Model } from '../../../src/domain/model.js';
import type { JsonObject } from '../../../src/lib/json.js';
import {
  anyJson,
  asSent,
  type DriftEvent,
  decode,
  documentedExample,
  documentedVersion,
} from './decoding.js';

describe('the documented example', () => {
  test('the documented example is decoded field by field', () => {
    const wire = documentedExample();
    const { model, drift } = decode(wire);
    const { latestVersion, raw, ...rest } = model;
    expect(rest).toEqual({
      id: 'model-a',
      name: '情感分析',
      description: '通用情感分析。',
      documentUrl: 'https://***.md',
      createdAt: '2021-01-30T12:51:33.028Z',
      updatedAt: '2021-01-30T12:51:33.028Z',
      latestVersionUpdatedAt: '2021-01-30T12:51:33.028Z',
      userId: '1234567890******',
      ownerId: '1234567890******',
      workspaceId: '234**',
      origin: 'ModelScope',
      provider: 'pai',
      domain: 'cv',
      task: 'text-classification',
      type: 'Checkpoint',
      accessibility: 'PUBLIC',
      labels: [{ key: 'env', value: 'test' }],
      tags: null,
      extraInfo: {
        ratingCount: 2866,
        rating: 4.94,
        favoriteCount: 34992,
        commentCount: 754,
        tippedAmountCount: 32,
        downloadCount: 606056,
        coverUris: ['https://e***u.oss-cn-hangzhou.aliyuncs.com/drea***w.png'],
        raw: wire.ExtraInfo,
      },
      orderNumber: 1,
      parameterSizeInMillions: 3000,
    });
    expect(latestVersion?.versionName).toBe('0.1.0');
    expect(raw).toBe(wire);
    expect(drift).toEqual([]);
  });

  test('the documented example is not changed by decoding', () => {
    const wire = documentedExample();
    decode(wire);
    expect(wire).toEqual(documentedExample());
  });
});

/** The name of each documented field here, its result without a value, and a value of a wrong type. */
const FIELDS: readonly [wire: string, ours: keyof Model, none: unknown][] = [
  ['ModelName', 'name', null],
  ['ModelDescription', 'description', null],
  ['ModelDoc', 'documentUrl', null],
  ['GmtCreateTime', 'createdAt', null],
  ['GmtModifiedTime', 'updatedAt', null],
  ['GmtLatestVersionModifiedTime', 'latestVersionUpdatedAt', null],
  ['UserId', 'userId', null],
  ['OwnerId', 'ownerId', null],
  ['WorkspaceId', 'workspaceId', null],
  ['Origin', 'origin', null],
  ['Provider', 'provider', null],
  ['Domain', 'domain', null],
  ['Task', 'task', null],
  ['ModelType', 'type', null],
  ['Accessibility', 'accessibility', null],
  ['Labels', 'labels', []],
  ['LatestVersion', 'latestVersion', null],
  ['ExtraInfo', 'extraInfo', null],
  ['OrderNumber', 'orderNumber', null],
  ['ParameterSize', 'parameterSizeInMillions', null],
];
const NUMBERS = ['OrderNumber', 'ParameterSize'];
const EXTRA_NUMBERS: readonly [wire: string, ours: string][] = [
  ['RatingCount', 'ratingCount'],
  ['FavoriteCount', 'favoriteCount'],
  ['CommentCount', 'commentCount'],
  ['TippedAmountCount', 'tippedAmountCount'],
  ['DownloadCount', 'downloadCount'],
];

describe('a documented field of a model', () => {
  it('a documented field of a model is in the example and in the list of this test', () => {
    expect(FIELDS.map(([wire]) => wire).sort()).toEqual(
      Object.keys(documentedExample())
        .filter((name) => name !== 'ModelId')
        .sort(),
    );
  });

  it('a documented field of a model that is absent, null or "" has no value, no drift, and leaves the rest', () => {
    const value = fc.constantFrom(undefined, null, '' as const);
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), value, ([wire, ours, none], sent) => {
        const { [wire]: _, ...others } = documentedExample();
        const changed: JsonObject = sent === undefined ? others : { ...others, [wire]: sent };
        expectOnly(changed, ours, none, []);
      }),
      { numRuns: 300 },
    );
  });

  it('a documented field of a model that has another type has no value, is reported once, and leaves the rest', () => {
    const value = fc.oneof(fc.boolean(), fc.double(), fc.constant({}), fc.constant([]));
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), value, ([wire, ours, none], sent) => {
        fc.pre(!(typeof sent === 'number' && NUMBERS.includes(wire)));
        fc.pre(!(wire === 'Labels' && Array.isArray(sent)));
        fc.pre(!(['ExtraInfo', 'LatestVersion'].includes(wire) && isEmptyMap(sent)));
        const changed = { ...documentedExample(), [wire]: sent };
        expectOnly(changed, ours, none, [[wire, 'unexpected_type']]);
      }),
      { numRuns: 500 },
    );
  });

  it.each(NUMBERS)('%s is not a number when it is a text', (wire) => {
    const { drift } = decode({ [wire]: '5' });
    expect(drift).toEqual([[wire, 'unexpected_type']]);
  });

  it('a documented field of a model that holds something of a wrong type inside ExtraInfo leaves the rest of ExtraInfo', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EXTRA_NUMBERS), ([wire, ours]) => {
        const documented = documentedExample();
        const ExtraInfo = { ...(documented.ExtraInfo as JsonObject), [wire]: 'many' };
        const { model, drift } = decode({ ...documented, ExtraInfo });
        const before = decode(documented).model.extraInfo;
        expect(model.extraInfo).toEqual({ ...before, [ours]: null, raw: ExtraInfo });
        expect(drift).toEqual([[`ExtraInfo.${wire}`, 'unexpected_type']]);
      }),
    );
  });
});

describe('a version inside a model', () => {
  it('a version inside a model is the version of that model', () => {
    const { model } = decode(documentedExample());
    expect(model.latestVersion?.modelId).toBe('model-a');
  });

  it.each([
    {},
    { VersionName: '' },
    { VersionName: null, Uri: 'oss://b/k' },
    { VersionName: '..' },
    { VersionName: '\udc00' },
  ])(
    'a version inside a model without a name of its form (%j) is dropped and reported, and the model stands',
    (LatestVersion) => {
      const dropped: DriftEvent = ['LatestVersion.VersionName', 'dropped_item'];
      expectOnly({ ...documentedExample(), LatestVersion }, 'latestVersion', null, [dropped]);
    },
  );

  it('a version inside a model reports its drift under its own path', () => {
    const LatestVersion = { ...documentedVersion(), Options: '{', GmtCreateTime: 5, New: 1 };
    const { drift } = decode({ ...documentedExample(), LatestVersion });
    expect(drift.toSorted()).toEqual([
      ['LatestVersion.*', 'unknown_key'],
      ['LatestVersion.GmtCreateTime', 'unexpected_type'],
      ['LatestVersion.Options', 'unexpected_type'],
    ]);
  });
});

describe('the whole numbers of a model', () => {
  it.each([0, -1, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1)])(
    'the whole numbers of a model hold %d exactly',
    (value) => {
      const ExtraInfo = { DownloadCount: value };
      const { model, drift } = decode({ OrderNumber: value, ParameterSize: value, ExtraInfo });
      expect([model.orderNumber, model.parameterSizeInMillions]).toEqual([value, value]);
      expect(model.extraInfo?.downloadCount).toBe(value);
      expect(drift).toEqual([]);
    },
  );

  it.each(['9007199254740992', '9007199254740993', '-9007199254740992', '1.5', '1e300'])(
    'the whole numbers of a model are null and reported for %s',
    (text) => {
      const { model, drift } = decode(
        asSent(`{"OrderNumber":${text},"ExtraInfo":{"RatingCount":${text}}}`),
      );
      expect([model.orderNumber, model.extraInfo?.ratingCount]).toEqual([null, null]);
      expect(drift.toSorted()).toEqual([
        ['ExtraInfo.RatingCount', 'out_of_range'],
        ['OrderNumber', 'out_of_range'],
      ]);
    },
  );

  it('the whole numbers of a model are null and reported for a number beyond all doubles', () => {
    const { model, drift } = decode(asSent('{"OrderNumber":1e999}'));
    expect(model.orderNumber).toBeNull();
    expect(drift).toEqual([['OrderNumber', 'unexpected_type']]);
  });

  it('the whole numbers of a model leave a rating its fraction', () => {
    expect(decode({ ExtraInfo: { Rating: 4.94 } }).model.extraInfo?.rating).toBe(4.94);
  });

  it('the whole numbers of a model make of a rating the nearest double', () => {
    const { model, drift } = decode(asSent('{"ExtraInfo":{"Rating":12345678901234567890}}'));
    expect(model.extraInfo?.rating).toBe(12345678901234567000);
    expect(drift).toEqual([]);
  });
});

describe('Accessibility', () => {
  it.each([
    ['PUBLIC', 'PUBLIC'],
    ['public', 'PUBLIC'],
    ['Private', 'PRIVATE'],
  ])('%s is %s', (sent, ours) => {
    const { model, drift } = decode({ Accessibility: sent });
    expect([model.accessibility, drift]).toEqual([ours, []]);
  });

  it.each(['ROLE_PUBLIC', 'UNRECOGNIZED', ' PUBLIC', '公开'])('%s is not recognized', (sent) => {
    const { model, drift } = decode({ Accessibility: sent });
    expect(model.accessibility).toBe('UNRECOGNIZED');
    expect(drift).toEqual([['Accessibility', 'unrecognized_value']]);
  });
});

describe('ModelDoc', () => {
  it.each(['https://a.b/c.md', 'http://a.b', 'HTTPS://A.B/?q=1#f', 'oss://bucket/doc.md'])(
    '%s is given as it was sent',
    (sent) => {
      expect(decode({ ModelDoc: sent })).toMatchObject({ model: { documentUrl: sent }, drift: [] });
    },
  );

  it.each([
    'javascript:alert(1)',
    'javascript://a.b/%0Aalert(1)',
    'file:///a.md',
    'data:text/html,x',
    'a.md',
    '//a.b',
    'https://',
    ' https://a.b',
  ])('%s is not a URL that is safe to follow', (sent) => {
    const { model, drift } = decode({ ModelDoc: sent });
    expect(model.documentUrl).toBeNull();
    expect(drift).toEqual([['ModelDoc', 'unexpected_type']]);
  });
});

describe('tags', () => {
  it('tags are those that a list gives for its item, also an empty list', () => {
    const { model } = decode({ Tags: [{ Key: 'k', Value: 'v' }] });
    expect(model.tags).toEqual([{ key: 'k', value: 'v' }]);
    expect(decode({ Tags: [] }).model.tags).toEqual([]);
    expect(decode({}).model.tags).toBeNull();
  });
});

describe('keys that are not documented', () => {
  it('keys that are not documented are each counted under one name and kept in raw', () => {
    const LatestVersion = { VersionName: '0.1.0', Invented: {} };
    const wire = { ModelId: 'model-a', ModelColour: 'red', 新: 1, LatestVersion };
    const { model, drift } = decode(wire);
    expect(drift).toEqual([
      ['LatestVersion.*', 'unknown_key'],
      ['*', 'unknown_key'],
      ['*', 'unknown_key'],
    ]);
    expect(model.raw).toEqual(wire);
    expect(model.latestVersion?.raw).toEqual(LatestVersion);
  });

  it('keys that are not documented are free inside ExtraInfo', () => {
    const { model, drift } = decode({ ExtraInfo: { test: '15' } });
    expect([model.extraInfo?.raw, drift]).toEqual([{ test: '15' }, []]);
  });

  it('keys that are not documented reach nothing when they are named __proto__', () => {
    const evil = '{"ModelName":"evil","Labels":[{"Key":"evil"}],"VersionName":"6.6.6"}';
    const text = `{"__proto__":${evil},"LatestVersion":{"__proto__":${evil}},"ExtraInfo":{"__proto__":{"Rating":1}}}`;
    const { model } = decode(JSON.parse(text));
    expect([model.name, model.labels, model.latestVersion]).toEqual([null, [], null]);
    expect(model.extraInfo?.rating).toBeNull();
    expect(JSON.stringify(model.raw)).toBe(text);
    expect({}).not.toHaveProperty('ModelName');
  });
});

describe('the decoder', () => {
  const names = Object.keys({ ...documentedExample(), Tags: 0, ...documentedVersion() });
  const inner = ['Key', 'Value', 'Results', 'Dataset', 'DatasetId', 'Uri', 'Metrics', 'CoverUris'];
  const key = fc.oneof(fc.constantFrom(...names, ...inner, '__proto__'), fc.string());
  const { object } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      anyJson(),
      fc.constantFrom('', '2021-01-30T12:51:33Z', 'oss://a/b', '{}', 'region=r,id=1'),
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
    object: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  }));
  const wires = object.map((value): JsonObject => JSON.parse(JSON.stringify(value)));

  it('the decoder never throws, keeps raw without Tags, and reports documented names only', () => {
    const known = new Set([...names, ...inner, ...Object.keys(extraInfo()), 'TrainedWords', '*']);
    fc.assert(
      fc.property(wires, (wire) => {
        const before = JSON.stringify(wire);
        const { model, drift } = decode(wire);
        const { Tags, ...others } = wire;
        expect(model.raw).toEqual(others);
        expect(JSON.stringify(wire)).toBe(before);
        for (const [field] of drift) {
          for (const name of field.split('.')) expect(known).toContain(name);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('the decoder gives lists, texts, whole numbers and dates where it promises them', () => {
    fc.assert(
      fc.property(wires, (wire) => {
        const { model } = decode(wire);
        const { labels, createdAt, orderNumber, latestVersion } = model;
        expect(Array.isArray(labels) && labels.every(({ key }) => key !== '')).toBe(true);
        expect(createdAt === null || !Number.isNaN(Date.parse(createdAt))).toBe(true);
        expect(orderNumber === null || Number.isSafeInteger(orderNumber)).toBe(true);
        expect(latestVersion === null || latestVersion.versionName !== '').toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function extraInfo(): JsonObject {
  return documentedExample().ExtraInfo as JsonObject;
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value);
}

/** The model is that of the documented example but for one field. */
function expectOnly(
  wire: JsonObject,
  field: keyof Model,
  value: unknown,
  expected: readonly DriftEvent[],
): void {
  const { model, drift } = decode(wire);
  const untouched = decode(documentedExample()).model;
  expect(model).toEqual({ ...untouched, [field]: value, raw: wire });
  expect(drift).toEqual(expected);
}
