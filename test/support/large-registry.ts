// A PAI of any number of models, made when they are asked for: it answers GetModel and ListModels and verifies no
// signature, so that a test of hundreds of thousands of models waits for the server alone.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface LargeRegistry extends AsyncDisposable {
  readonly url: string;
}

const ID = '%ID%';
const TIMES = {
  GmtCreateTime: '2023-01-30T12:51:33.028Z',
  GmtModifiedTime: '2023-05-02T08:01:10Z',
};
const OWNER = { UserId: '200123456789012345', OwnerId: '109876543210987654' };

/** Some 1.5 KB. */
const MODEL = JSON.stringify({
  ModelId: ID,
  ModelName: `sentiment ${ID}`,
  ModelDescription: `Scores a sentence from negative to positive, as ${ID}. `.repeat(4),
  ...{ ...TIMES, ...OWNER, WorkspaceId: '234567', Origin: 'ModelScope', Provider: 'pai' },
  ...{ Domain: 'nlp', Task: 'text-classification', ModelType: 'Checkpoint' },
  ...{ Accessibility: 'PUBLIC', ModelDoc: `https://docs.example.com/${ID}.md` },
  Labels: [
    { Key: 'env', Value: 'test' },
    { Key: 'team', Value: 'nlp' },
  ],
  ExtraInfo: { RatingCount: 2866, Rating: 4.94, DownloadCount: 606056, CoverUris: [] },
  ParameterSize: 3000,
  LatestVersion: {
    ...{ VersionName: '0.3.0', VersionDescription: `Release of ${ID}`, ...TIMES, ...OWNER },
    Uri: `oss://models.oss-cn-beijing.aliyuncs.com/registry/${ID}/0.3.0/`,
    ...{ FormatType: 'SavedModel', FrameworkType: 'TensorFlow' },
    Options: '{"precision":"fp16","maxTokens":512}',
    Metrics: {
      Results: [{ Dataset: { DatasetId: 'd-1' }, Metrics: { cer: 0.175, f1: 0.91, auc: 0.97 } }],
    },
  },
}).split(ID);

export const modelIdOf = (index: number) => `model-${String(index).padStart(8, '0')}`;

const modelText = (id: string) => MODEL.join(id);

function answer(path: string, query: URLSearchParams, size: number): string {
  const [, id] = /^\/api\/v1\/models\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined) return `{"RequestId":"1",${modelText(id).slice(1)}`;
  const [number, length] = [Number(query.get('PageNumber')), Number(query.get('PageSize'))];
  const from = (number - 1) * length;
  const count = Math.max(0, Math.min(length, size - from));
  const models = Array.from({ length: count }, (_, index) => modelText(modelIdOf(from + index)));
  return `{"RequestId":"1","Models":[${models.join(',')}],"TotalCount":${size}}`;
}

export async function startLargeRegistry(size: number): Promise<LargeRegistry> {
  const server = createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '', 'http://localhost');
    const body = answer(pathname, searchParams, size);
    res.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
