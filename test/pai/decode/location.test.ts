// Uri and SourceId, two texts with a structure of their own.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeV, versionWith } from './decoding.js';

const parseLocation = (uri: string | null) => versionWith('Uri', uri).version.location;

function parseSource(SourceType: string | null, SourceId: string | null) {
  return decodeV({ VersionName: '0.1.0', SourceType, SourceId }).version?.source ?? null;
}

describe('the location of a Uri', () => {
  const HANGZHOU = 'oss-cn-hangzhou.aliyuncs.com';
  it.each([
    [
      'oss://mybucket.oss-cn-beijing.aliyuncs.com/mypath/',
      'oss',
      'mybucket',
      'oss-cn-beijing.aliyuncs.com',
      'mypath/',
    ],
    ['oss://bucket/path/to/model.pt', 'oss', 'bucket', null, 'path/to/model.pt'],
    ['oss://xxxx/', 'oss', 'xxxx', null, null],
    ['oss://bucket', 'oss', 'bucket', null, null],
    ['OSS://bucket/Path', 'oss', 'bucket', null, 'Path'],
    ['oss://bucket/a?b#c', 'oss', 'bucket', null, 'a?b#c'],
    ['oss://bucket/模型/', 'oss', 'bucket', null, '模型/'],
    ['oss://bucket.custom.domain/k', 'oss', 'bucket', 'custom.domain', 'k'],
    [`https://pai-b.${HANGZHOU}/a/b.png`, 'https', 'pai-b', HANGZHOU, 'a/b.png'],
    [`https://pai-b.${HANGZHOU}/a?Signature=s#f`, 'https', 'pai-b', HANGZHOU, 'a'],
    [`https://user:secret@pai-b.${HANGZHOU}/a`, 'https', 'pai-b', HANGZHOU, 'a'],
    [
      'oss://pai-b.oss-cn-hangzhou-internal.aliyuncs.com/m/',
      'oss',
      'pai-b',
      'oss-cn-hangzhou-internal.aliyuncs.com',
      'm/',
    ],
    [`https://${HANGZHOU}/bucket/key`, 'https', null, HANGZHOU, 'bucket/key'],
    ['http://example.com:8080/m.onnx', 'http', null, 'example.com:8080', 'm.onnx'],
    ['https://example.com', 'https', null, 'example.com', null],
    ['https://example.com?versionId=1', 'https', null, 'example.com', null],
    ['https://example.com#top', 'https', null, 'example.com', null],
  ])('%s', (uri, scheme, bucket, endpoint, key) => {
    expect(parseLocation(uri)).toEqual({ scheme, bucket, endpoint, key });
  });

  it.each([null, '', 'bucket/key', '/mnt/model', 'oss:bucket', '://x', '模型://x'])(
    'is null for %s, which is not a URI',
    (uri) => {
      expect(parseLocation(uri)).toBeNull();
    },
  );

  it('is missing without drift when the Uri is a plain path, which is given as sent', () => {
    const { version, drift } = versionWith('Uri', '/mnt/model');
    expect([version.uri, version.location, drift]).toEqual(['/mnt/model', null, []]);
  });

  it('can be put together to the Uri again, for every key in OSS', () => {
    const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/);
    const endpoint = fc.constantFrom('', '.oss-cn-beijing.aliyuncs.com');
    fc.assert(
      fc.property(bucket, endpoint, fc.string({ unit: 'binary' }), (name, host, key) => {
        const location = parseLocation(`oss://${name}${host}/${key}`);
        const expected = { bucket: name, endpoint: host.slice(1) || null, key: key || null };
        expect(location).toEqual({ scheme: 'oss', ...expected });
      }),
    );
  });
});

describe('the source of a version', () => {
  const NONE = { region: null, workspaceId: null, kind: null, runId: null };
  const ID = 'region=cn-shanghai,workspaceId=13,kind=ServiceJob,id=job-1';
  const PARTS = { region: 'cn-shanghai', workspaceId: '13', kind: 'ServiceJob', runId: 'job-1' };

  it.each([
    ['TrainingService', ID, PARTS],
    ['PAIFlow', 'id=job-1,kind=ServiceJob, workspaceId = 13,region=cn-shanghai', PARTS],
    ['PAIFlow', 'kind=PipelineRun,other=x,id=a=b', { ...NONE, kind: 'PipelineRun', runId: 'a=b' }],
    ['PAIFlow', 'region=,id=', NONE],
    ['PAIFlow', null, NONE],
    ['Custom', 'a note, with a comma', NONE],
    ['Custom', '=x', NONE],
    ['PAIFlow', 'id=a,kind=k,id = b', { ...NONE, kind: 'k', runId: 'b' }],
    ['PAIFlow', 'id=a,id=', NONE],
    ['Custom', '__proto__=x,constructor=y', NONE],
    [null, ID, PARTS],
  ])('%s %s', (type, sourceId, parts) => {
    expect(parseSource(type, sourceId)).toEqual({ type, ...parts });
  });

  it('is null when PAI gives neither type nor id', () => {
    expect(parseSource(null, null)).toBeNull();
    expect(versionWith('SourceType', '').version.source).toBeNull();
  });

  it('never throws and gives no empty part', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'id=,region kx'), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (sourceId) => {
        const { type, ...parts } = parseSource('Custom', sourceId) ?? { type: null };
        expect(type).toBe('Custom');
        for (const part of Object.values(parts)) expect(part).not.toBe('');
      }),
    );
  });
});
