// The version of the documented example field by field, and the result when one field is not as documented.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ModelVersion } from '../../../src/domain/model.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { type DriftEvent, decodeV, documentedVersion, versionWith } from './decoding.js';

test('the documented version is decoded field by field', () => {
  const wire = documentedVersion();
  const { version, drift } = decodeV(wire);
  expect(version).toEqual({
    modelId: 'model-a',
    versionName: '0.1.0',
    description: '情感分析。',
    uri: 'oss://mybucket.oss-cn-beijing.aliyuncs.com/mypath/',
    location: {
      scheme: 'oss',
      bucket: 'mybucket',
      endpoint: 'oss-cn-beijing.aliyuncs.com',
      key: 'mypath/',
    },
    formatType: 'SavedModel',
    frameworkType: 'TensorFlow',
    sourceType: 'PAIFlow',
    sourceId: 'region=cn-shanghai,workspaceId=13**,kind=PipelineRun,id=run-sakdb****jdf',
    source: {
      type: 'PAIFlow',
      region: 'cn-shanghai',
      workspaceId: '13**',
      kind: 'PipelineRun',
      runId: 'run-sakdb****jdf',
    },
    approvalStatus: 'APPROVED',
    createdAt: '2021-01-21T17:12:35Z',
    updatedAt: '2021-01-21T17:12:35Z',
    userId: '155770209******',
    ownerId: '155770209******',
    labels: [{ key: 'k1', value: 'v1' }],
    options: {},
    metricResults: [
      {
        dataset: { modelId: 'model-a', datasetId: 'd-sdkjanksaklerhfd', uri: null },
        metrics: [{ name: 'cer', value: 0.175, raw: 0.175 }],
      },
      {
        dataset: { modelId: 'model-a', datasetId: null, uri: 'oss://xxxx/' },
        metrics: [{ name: 'cer', value: 0.172, raw: 0.172 }],
      },
    ],
    metricsRaw: wire.Metrics,
    trainingSpec: {},
    hyperParameters: null,
    trainingImage: null,
    computeResource: null,
    inferenceSpec: { processor: 'tensorflow_gpu_1.12' },
    processor: 'tensorflow_gpu_1.12',
    evaluationSpec: {},
    compressionSpec: {},
    distillationSpec: {},
    extraInfo: {
      coverUris: ['https://e***u.oss-cn-hangzhou.aliyuncs.com/st****017.preview.png'],
      trainedWords: ['albedo_overlord'],
      raw: wire.ExtraInfo,
    },
    raw: wire,
  });
  expect(drift).toEqual([]);
});

/** The result of each documented field when it has no value. */
const NOTHING: Readonly<Record<string, Partial<ModelVersion>>> = {
  VersionDescription: { description: null },
  Uri: { uri: null, location: null },
  GmtCreateTime: { createdAt: null },
  GmtModifiedTime: { updatedAt: null },
  UserId: { userId: null },
  OwnerId: { ownerId: null },
  FormatType: { formatType: null },
  FrameworkType: { frameworkType: null },
  ApprovalStatus: { approvalStatus: null },
  Labels: { labels: [] },
  Options: { options: null },
  Metrics: { metricResults: [], metricsRaw: null },
  TrainingSpec: { trainingSpec: null },
  InferenceSpec: { inferenceSpec: null, processor: null },
  EvaluationSpec: { evaluationSpec: null },
  CompressionSpec: { compressionSpec: null },
  DistillationSpec: { distillationSpec: null },
  ExtraInfo: { extraInfo: null },
};
const SOURCE = ['SourceType', 'SourceId'];
const MAPS = ['Metrics', 'ExtraInfo', ...Object.keys(NOTHING).filter((name) => /Spec$/.test(name))];

describe('a documented field of a version', () => {
  const fields = fc.constantFrom(...Object.keys(NOTHING));

  it('a documented field of a version is in the example and in the list of this test', () => {
    const listed = ['VersionName', ...SOURCE, ...Object.keys(NOTHING)];
    expect(listed.sort()).toEqual(Object.keys(documentedVersion()).sort());
  });

  it('a documented field of a version that is absent, null or "" has no value, no drift, and leaves the rest', () => {
    const value = fc.constantFrom(undefined, null, '' as const);
    fc.assert(
      fc.property(fields, value, (field, sent) => {
        const { [field]: _, ...others } = documentedVersion();
        const wire: JsonObject = sent === undefined ? others : { ...others, [field]: sent };
        const rawMetrics = field === 'Metrics' ? { metricsRaw: sent ?? null } : {};
        expectOnly(wire, { ...NOTHING[field], ...rawMetrics }, []);
      }),
      { numRuns: 300 },
    );
  });

  it('a documented field of a version that has another type has no value, is reported once, and leaves the rest', () => {
    const value = fc.oneof(fc.boolean(), fc.double(), fc.constant({}), fc.constant([]));
    fc.assert(
      fc.property(fields, value, (field, sent) => {
        fc.pre(!(field === 'Labels' && Array.isArray(sent)));
        const isMap = typeof sent === 'object' && !Array.isArray(sent);
        fc.pre(!(MAPS.includes(field) && isMap));
        const rawMetrics = field === 'Metrics' ? { metricsRaw: sent } : {};
        const wire = { ...documentedVersion(), [field]: sent };
        expectOnly(wire, { ...NOTHING[field], ...rawMetrics }, [[field, 'unexpected_type']]);
      }),
      { numRuns: 500 },
    );
  });

  it('a documented part of the source of a version loses only its own part', () => {
    const { source } = decodeV(documentedVersion()).version ?? {};
    const untyped = { ...documentedVersion(), SourceType: '' };
    expectOnly(untyped, { sourceType: null, source: { ...part(source), type: null } }, []);
    const wire = { ...documentedVersion(), SourceId: 5 };
    const none = { region: null, workspaceId: null, kind: null, runId: null };
    const changed = { sourceId: null, source: { type: 'PAIFlow', ...none } };
    expectOnly(wire, changed, [['SourceId', 'unexpected_type']]);
  });
});

describe('a version without its name', () => {
  it.each([
    {},
    { VersionName: null },
    { VersionName: '', Uri: 'oss://b/k' },
    { VersionName: 1 },
    { VersionName: '..' },
    { VersionName: '\ud800' },
    { VersionName: 'a/b' },
    { VersionName: 'a'.repeat(129) },
  ])('(%j) is not one, and reported once', (wire) => {
    expect(decodeV(wire)).toEqual({
      version: null,
      drift: [['VersionName', 'dropped_item']],
    });
  });
});

describe('ApprovalStatus', () => {
  it.each([
    ['Pending', 'PENDING'],
    ['APPROVED', 'APPROVED'],
    ['rejected', 'REJECTED'],
  ])('%s is %s', (sent, ours) => {
    const { version, drift } = versionWith('ApprovalStatus', sent);
    expect([version.approvalStatus, drift]).toEqual([ours, []]);
  });

  it('ApprovalStatus that is new is not recognized', () => {
    const { version, drift } = versionWith('ApprovalStatus', 'Archived');
    expect(version.approvalStatus).toBe('UNRECOGNIZED');
    expect(drift).toEqual([['ApprovalStatus', 'unrecognized_value']]);
  });
});

describe('values that the server stores unchanged:', () => {
  it.each([
    ['FormatType', 'Keras H5', 'formatType'],
    ['FormatType', 'BladeModel', 'formatType'],
    ['FrameworkType', 'PyTorch', 'frameworkType'],
    ['SourceType', 'Invented', 'sourceType'],
  ] as const)('%s %s passes', (field, value, ours) => {
    const { version, drift } = versionWith(field, value);
    expect([version[ours], drift]).toEqual([value, []]);
  });

  it('specs pass unchanged, with any contents', () => {
    const spec = {
      Processor: 'xgboost',
      metadata: { rpc: { keepalive: 1000 } },
      containers: [{ env: [{ name: 'a', value: null }], port: 8000 }],
    };
    const { version, drift } = versionWith('InferenceSpec', spec);
    expect([version.inferenceSpec, drift]).toEqual([spec, []]);
  });
});

describe('Options', () => {
  it.each([
    ['{}', {}],
    ['{"test":"options"}', { test: 'options' }],
    ['[1,null]', [1, null]],
    ['"text"', 'text'],
    ['null', null],
    ['', null],
  ])('%j holds %j', (sent, ours) => {
    const { version, drift } = versionWith('Options', sent);
    expect([version.options, drift]).toEqual([ours, []]);
  });

  it.each(['{', 'lr=0.1', { test: 'options' }])('%j is null, reported, and kept in raw', (sent) => {
    const { version, drift } = versionWith('Options', sent);
    expect([version.options, drift]).toEqual([null, [['Options', 'unexpected_type']]]);
    expect(version.raw.Options).toEqual(sent);
  });
});

describe('ExtraInfo', () => {
  it('ExtraInfo drops values that are not texts from its lists, and reports them', () => {
    const ExtraInfo = { CoverUris: ['a', 5, null, 'b'], TrainedWords: 'one' };
    const { version, drift } = versionWith('ExtraInfo', ExtraInfo);
    expect(version.extraInfo).toEqual({
      coverUris: ['a', 'b'],
      trainedWords: [],
      raw: ExtraInfo,
    });
    expect(drift).toEqual([
      ['ExtraInfo.CoverUris', 'dropped_item'],
      ['ExtraInfo.CoverUris', 'dropped_item'],
      ['ExtraInfo.TrainedWords', 'unexpected_type'],
    ]);
  });
});

function part<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('It has no value.');
  return value;
}

/** The version is the documented one but for some fields. */
function expectOnly(wire: JsonObject, changed: object, expected: readonly DriftEvent[]): void {
  const { version, drift } = decodeV(wire);
  const untouched = decodeV(documentedVersion()).version;
  expect(version).toEqual({ ...untouched, ...changed, raw: wire });
  expect(drift).toEqual(expected);
}
