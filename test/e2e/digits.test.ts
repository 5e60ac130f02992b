// Digits that a double does not hold, from PAI's answer to the client's, on every way that an answer can take.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText, lostDigits } from '../lib/json-texts.js';
import { startUpstream, type Upstream } from '../pai/upstream.js';
import { describeWith, eventually } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { startTestApp } from '../support/with-app.js';

/** More often than a document has to come back before it is compiled. */
const OFTEN = 8;
/** Redis may miss its time on a busy machine. */
const ATTEMPTS = 8;

interface Registry extends Upstream {
  readonly calls: readonly string[];
  /** Free JSON of each model. */
  text: string;
}

/** Answers for any model and version; the sandbox writes with JSON.stringify, which has no such digits. */
async function startRegistry(): Promise<Registry> {
  const calls: string[] = [];
  const upstream = await startUpstream(({ url = '' }, response) => {
    calls.push(url);
    const [, id = '', name] =
      /^\/api\/v1\/models\/([^/?]+)(?:\/versions\/([^/?]+))?/.exec(url) ?? [];
    response.setHeader('content-type', 'application/json');
    response.end(answerFor(id, name, registry.text));
  });
  const registry: Registry = { ...upstream, calls, text: '0' };
  return registry;
}

function answerFor(id: string, name: string | undefined, text: string): string {
  if (id === '') return `{"RequestId":"r","TotalCount":1,"Models":[${modelText('model-l', text)}]}`;
  const single = name === undefined ? modelText(id, text) : versionText(name, text);
  return `{"RequestId":"r",${single.slice(1)}`;
}

function modelText(id: string, text: string): string {
  return `{"ModelId":"${id}","OrderNumber":9007199254740993,"ExtraInfo":{"Free":${text}},"LatestVersion":${versionText('1', text)},"Free":${text}}`;
}

function versionText(name: string, text: string): string {
  return `{"VersionName":"${name}","Options":${JSON.stringify(text)},"Metrics":{"m":12345678901234567890,"none":1e400,"free":${text}},"TrainingSpec":{"s":${text}},"Free":${text}}`;
}

const VERSION = 'options metricsRaw metricResults { metrics { name value raw } } trainingSpec raw';
const MODEL = `raw orderNumber extraInfo { raw } latestVersion { ${VERSION} }`;
const QUERIES = {
  model: `query ($id: ID!) { model(id: $id) { ${MODEL} } }`,
  version: `query ($id: ID!) { modelVersion(modelId: $id, versionName: "2") { ${VERSION} } }`,
  list: `query ($id: ID!) { models(first: 1, filter: { workspaceId: $id }) { nodes { ${MODEL} } } }`,
};

function versionData(name: string, text: string): string {
  const values = [
    '{"name":"m","value":12345678901234567000,"raw":12345678901234567890}',
    '{"name":"none","value":null,"raw":1e400}',
    `{"name":"free","value":${metricValueOf(text)},"raw":${text}}`,
  ];
  const metrics = `{"m":12345678901234567890,"none":1e400,"free":${text}}`;
  return `{"options":${text},"metricsRaw":${metrics},"metricResults":[{"metrics":[${values}]}],"trainingSpec":{"s":${text}},"raw":${versionText(name, text)}}`;
}

/** A metric's value is the nearest double, of a number or of a text that holds one. */
function metricValueOf(text: string): string {
  const json: unknown = JSON.parse(text);
  return typeof json === 'number' ? JSON.stringify(json) : 'null';
}

function modelData(id: string, text: string): string {
  return `{"raw":${modelText(id, text)},"orderNumber":null,"extraInfo":{"raw":{"Free":${text}}},"latestVersion":${versionData('1', text)}}`;
}

function dataFor(name: keyof typeof QUERIES, id: string, text: string): string {
  if (name === 'model') return `{"model":${modelData(id, text)}}`;
  if (name === 'version') return `{"modelVersion":${versionData('2', text)}}`;
  return `{"models":{"nodes":[${modelData('model-l', text)}]}}`;
}

async function dataOf(url: string, query: string, id: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { id } }),
  });
  const text = await response.text();
  return text.slice('{"data":'.length, text.lastIndexOf(',"extensions":'));
}

/** Texts that look like numbers are metric values, too: only values other than texts are compared here. */
const anyText = jsonText(lostDigits).filter((text) => !text.startsWith('"'));

const ENV = { CACHE_TTL_SECONDS: '3600', UPSTREAM_RATE_PER_SECOND: '1000' };

test.each([
  ['Apollo', { COMPILED_OPERATIONS: 'off', RESPONSE_CACHE: 'off' }],
  ['operations that are compiled', { RESPONSE_CACHE: 'off' }],
  ['the response cache', { RESPONSE_CACHE: 'on' }],
])('digits arrive unchanged through %s, from PAI and from memory', async (_, stages) => {
  await using registry = await startRegistry();
  const app = await startTestApp({ ...ENV, ...stages, PAI_ENDPOINT: registry.url });
  let runs = 0;
  const arrives = async (text: string) => {
    registry.text = text;
    runs += 1;
    for (const name of ['model', 'version', 'list'] as const) {
      const before = registry.calls.length;
      for (let time = 0; time < OFTEN; time += 1) {
        const id = `${runs}`;
        expect(await dataOf(app.url, QUERIES[name], id)).toBe(dataFor(name, id, text));
      }
      expect(registry.calls).toHaveLength(before + 1);
    }
  };
  try {
    await fc.assert(fc.asyncProperty(anyText, arrives), {
      numRuns: 15,
      examples: [['9007199254740993'], ['1e400'], ['-1e-400'], ['{"__proto__":[1e20]}']],
    });
  } finally {
    await app.close();
  }
});

describeWith('redis-server', 'digits in Redis', (executable) => {
  test('arrive unchanged at another replica', async () => {
    await using redis = await startRedis(executable);
    await using registry = await startRegistry();
    const env = { ...ENV, PAI_ENDPOINT: registry.url, REDIS_URL: redis.url };
    const [one, other] = await Promise.all([startTestApp(env), startTestApp(env)]);
    const text = '{"a":[9007199254740993,-1E400,{"b":1e-400}],"c":0.5}';
    registry.text = text;

    /** False: Redis was too late, and the other asked PAI. */
    async function isReadFromRedis(name: keyof typeof QUERIES, id: string): Promise<boolean> {
      const expected = dataFor(name, id, text);
      const stored = () => redis.client.keys('pai-model-graph:cache:*');
      const before = (await stored()).length;
      expect(await dataOf(one.url, QUERIES[name], id)).toBe(expected);
      const isStored = eventually(async () =>
        (await stored()).length > before ? true : undefined,
      );
      if (!(await isStored.catch(() => false))) return false;
      const calls = registry.calls.length;
      expect(await dataOf(other.url, QUERIES[name], id)).toBe(expected);
      return registry.calls.length === calls;
    }

    try {
      for (const name of ['model', 'version', 'list'] as const) {
        let isRead = false;
        for (let attempt = 0; attempt < ATTEMPTS && !isRead; attempt += 1) {
          isRead = await isReadFromRedis(name, `${name}-${attempt}`);
        }
        expect([name, isRead]).toEqual([name, true]);
      }
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });
});
