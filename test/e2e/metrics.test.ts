// GET /metrics: the counters tell the truth, docs/metrics.md lists them all, and their number is bounded.
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { ERRORS } from '../../src/domain/errors.js';
import { REDIS_REASONS } from '../../src/domain/events.js';
import { modelId, numberedModels, numberedVersions, range } from '../graphql/numbered-registry.js';
import { postGraphql, type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 8 });

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Scrape {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The value of the one series with these labels; 0 where there is none. */
  value(name: string, labels?: Record<string, string>): number;
}

async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const lines = (await response.text()).split('\n');
  const types = lines.flatMap((line): [string, string][] => {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    return name && type ? [[name, type]] : [];
  });
  const samples = lines.flatMap((line): Sample[] => {
    const [, name, inside = '', value] = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const labels = [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [
      key,
      text,
    ]);
    return [{ name, labels: Object.fromEntries(labels), value: Number(value) }];
  });
  const value: Scrape['value'] = (name, labels = {}) => {
    const found = samples.filter(
      (sample) =>
        sample.name === `pai_graph_${name}` &&
        Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
    );
    return found.reduce((sum, sample) => sum + sample.value, 0);
  };
  return { types: new Map(types), samples, value };
}

const open = (env: Record<string, string> = {}) =>
  withApp({
    env,
    sandbox: { models: numberedModels(60, () => ({ versions: numberedVersions(2) })) },
  });
const ask = (app: TestApp, id: string, name = '', headers: Record<string, string> = {}) =>
  app.query(`query ${name}($id: ID!) { model(id: $id) { id } }`, { id }, headers);

/** Something of everything that is counted. */
async function mixture(app: TestApp): Promise<void> {
  await ask(app, modelId(0));
  await ask(app, modelId(0));
  await ask(app, modelId(0), '', { 'cache-control': 'no-cache' });
  await ask(app, 'model-none');
  await app.query(
    `{ models(first: 2) { nodes { id versions(first: 1) { nodes { versionName } } } } }`,
  );
  await app.query(`{ model(id: "a") { ${'name '.repeat(101)} } }`);
  await app.query(`{ modelVersion(modelId: "${modelId(3)}", versionName: "0.0.0") { id } }`);
  app.sandbox.faults.add({
    modelId: modelId(10),
    times: 1,
    fault: { kind: 'throttle', retryAfterMs: 20 },
  });
  await ask(app, modelId(10));
  app.sandbox.faults.add({ modelId: modelId(11), times: 2, fault: { kind: 'html' } });
  await ask(app, modelId(11));
  app.sandbox.faults.add(
    { modelId: modelId(12), fault: { kind: 'error', status: 403, code: 'NoPermission' } },
    { modelId: modelId(13), fault: { kind: 'wrongShape', body: {} } },
  );
  await ask(app, modelId(12));
  await app.query('query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }', {
    ids: [modelId(12), modelId(13)],
  });
  await ask(app, '?!');
  await app.query('{ nothing }');
  await postGraphql(app.url, { query: '{ models(' });
}

test.concurrent('the counters tell the truth after a mixture of operations', async () => {
  await using app = await open();
  await mixture(app);
  const { value } = await scrape(app.url);
  const operations = (outcome: string, kind = 'query') =>
    value('operation_seconds_count', { kind, outcome });
  expect(operations('OK')).toBe(8);
  expect(operations('FORBIDDEN')).toBe(1);
  expect(operations('SEVERAL')).toBe(1);
  expect(operations('BAD_USER_INPUT')).toBe(1);
  expect(operations('GRAPHQL_VALIDATION_FAILED', 'none')).toBe(1);
  expect(operations('GRAPHQL_PARSE_FAILED', 'none')).toBe(1);
  expect(value('operation_seconds_count')).toBe(13);

  const attempts = (outcome: string) =>
    value('upstream_attempt_seconds_count', { operation: 'GetModel', outcome });
  expect(attempts('OK')).toBe(4);
  expect(attempts('NOT_FOUND')).toBe(1);
  expect(attempts('RATE_LIMITED')).toBe(1);
  expect(attempts('UPSTREAM_UNAVAILABLE')).toBe(2);
  expect(attempts('FORBIDDEN')).toBe(2);
  expect(attempts('UPSTREAM_INVALID')).toBe(1);
  for (const operation of ['GetModel', 'GetModelVersion', 'ListModels', 'ListModelVersions']) {
    const sent = app.sandbox.requests.filter((request) => request.operation === operation).length;
    expect(sent, operation).toBeGreaterThan(0);
    expect(value('upstream_attempt_seconds_count', { operation }), operation).toBe(sent);
    expect(value('quota_wait_seconds_count', { operation }), operation).toBe(sent);
  }

  const retries = (after: string) =>
    value('upstream_retries_total', { operation: 'GetModel', after });
  expect(retries('RATE_LIMITED')).toBe(1);
  expect(retries('UPSTREAM_UNAVAILABLE')).toBe(2);
  expect(value('upstream_retries_total')).toBe(3);

  const reads = (kind: string, source: string) => value('reads_total', { kind, source });
  expect(reads('model', 'LIVE')).toBe(5);
  expect(reads('model', 'CACHE')).toBe(1);
  expect(reads('version', 'LIVE')).toBe(1);
  expect(reads('model_page', 'LIVE')).toBe(1);
  expect(reads('version_page', 'LIVE')).toBe(2);
  expect(value('reads_total', { source: 'STALE' })).toBe(0);
  expect(value('drift_total')).toBe(0);
  expect(value('unexpected_errors_total')).toBe(0);
  expect(value('redis_up')).toBe(0);
});

test.concurrent('stale answers, cancelled calls and drift are counted', async () => {
  await using app = await open({ CACHE_TTL_SECONDS: '1', CACHE_REVALIDATE_SECONDS: '60' });
  await ask(app, modelId(0));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await ask(app, modelId(0));
  const body = { ModelId: modelId(1), OrderNumber: 'x', Accessibility: 'SECRET', New: 1 };
  app.sandbox.faults.add({ modelId: modelId(1), fault: { kind: 'wrongShape', body } });
  await ask(app, modelId(1));
  app.sandbox.faults.add({ modelId: modelId(2), fault: { kind: 'hang' } });
  const left = ask(
    { ...app, query: (query, variables) => leave(app.url, query, variables) },
    modelId(2),
  );
  await expect(left).rejects.toThrow();
  await vi.waitFor(async () => {
    const { value } = await scrape(app.url);
    expect(value('upstream_attempt_seconds_count', { outcome: 'CANCELLED' })).toBe(1);
    expect(value('reads_total', { kind: 'model', source: 'STALE' })).toBe(1);
    const drift = { operation: 'GetModel' };
    expect(value('drift_total', { ...drift, field: '*', kind: 'unknown_key' })).toBe(1);
    expect(value('drift_total', { ...drift, field: 'OrderNumber', kind: 'unexpected_type' })).toBe(
      1,
    );
    expect(
      value('drift_total', { ...drift, field: 'Accessibility', kind: 'unrecognized_value' }),
    ).toBe(1);
  });
});

async function leave(url: string, query: string, variables: unknown) {
  await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(300),
  });
  return postGraphql(url, { query, variables });
}

test.concurrent('the state of the breaker is there while it is open', async () => {
  await using app = await open();
  app.sandbox.faults.add({ fault: { kind: 'reset' } });
  await Promise.all(range(0, 50).map((index) => ask(app, modelId(index))));
  const { value } = await scrape(app.url);
  expect(value('breaker_state', { operation: 'GetModel' })).toBe(2);
});

test.concurrent('METRICS_PORT serves them alone there, and not beside the rest', async () => {
  await using app = await open({ METRICS_PORT: '0' });
  const { metricsUrl } = app.app;
  if (metricsUrl === null) throw new Error('There is no address of metrics.');
  await ask(app, modelId(0));
  expect((await scrape(metricsUrl)).value('operation_seconds_count')).toBe(1);
  expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
  for (const path of [
    '/graphql',
    '/healthz',
    '/readyz',
    '/',
    '/schema.graphql',
    '/subgraph.graphql',
  ]) {
    expect((await fetch(`${metricsUrl}${path}`)).status, path).toBe(404);
  }
});

test.concurrent('a scrape makes no calls', async () => {
  await using app = await open();
  await scrape(app.url);
  expect(app.sandbox.requests).toHaveLength(0);
});

test.concurrent('the number of series does not grow with names, ids or keys that clients choose', async () => {
  await using app = await open();
  const { sandbox } = app;
  const strange = (seed: number) => ({
    ...{ [`Key${seed}`]: seed, [`Other${seed}`]: { [`Deep${seed}`]: 1 } },
    Labels: [{ [`K${seed}`]: seed }],
    ExtraInfo: { [`Extra${seed}`]: seed },
    LatestVersion: {
      VersionName: '1',
      [`Version${seed}`]: seed,
      Metrics: { Results: [{ [`Result${seed}`]: 1, Dataset: { [`D${seed}`]: 1 } }] },
      Options: `{"o${seed}":`,
    },
  });
  const flood = async (from: number) => {
    for (const index of range(from, from + 40)) {
      const id = `model-flood-${index}`;
      const body = { ModelId: id, ...strange(index) };
      sandbox.faults.add({ modelId: id, times: 1, fault: { kind: 'wrongShape', body } });
      await ask(app, id, `Operation${index}`, { 'x-request-id': `id-${index}` });
      const error = { kind: 'error', status: 400, code: `Strange.Code${index}` } as const;
      sandbox.faults.add({ modelId: `model-bad-${index}`, fault: error });
      await ask(app, `model-bad-${index}`, `Bad${index}`);
      await app.query(`query N${index} { field${index} }`);
    }
    return (await scrape(app.url)).samples.filter(({ name }) => name.startsWith('pai_graph_'));
  };
  const before = await flood(0);
  const after = await flood(100);
  const series = (samples: readonly Sample[]) =>
    samples.map(({ name, labels }) => `${name}${JSON.stringify(labels)}`).sort();
  expect(series(after)).toEqual(series(before));
  expect(before.length).toBeLessThan(200);
});

interface Documented {
  readonly type: string;
  /** The values in brackets of each label. */
  readonly labels: Readonly<Record<string, string>>;
}

function documented(): Map<string, Documented> {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = text.split('\n').flatMap((line): [string, Documented][] => {
    const [, name = '', type = '', labels = ''] = line.split('|').map((cell) => cell.trim());
    if (!/^[a-z]+_[a-z_0-9]+$/.test(name)) return [];
    const named = [...labels.matchAll(/`(\w+)` \(([^)]*)\)/g)];
    return [
      [name, { type, labels: Object.fromEntries(named.map(([, key, values]) => [key, values])) }],
    ];
  });
  return new Map(rows);
}

/** No token is exchanged here, no file changes, and there is no Redis; that they are counted is tested with the telemetry. */
const OF_OTHERS = [
  'pai_graph_token_exchange_seconds',
  'pai_graph_auth_problems_total',
  'pai_graph_file_reloads_total',
  'pai_graph_redis_errors_total',
];
/** test/e2e/connections.test.ts sees it with its label. */
const OF_CONNECTIONS = 'pai_graph_connections_cut_total';
/** test/e2e/traces.test.ts sees it with its label. */
const OF_TRACES = 'pai_graph_spans_exported_total';
const NOT_SEEN = [...OF_OTHERS, OF_CONNECTIONS, OF_TRACES];
const LISTS = ['kind', 'outcome', 'operation', 'after', 'source', 'cache', 'service', 'cause'];
const GRAPHQL_CODES =
  /^(GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED|OPERATION_RESOLUTION_FAILURE|BAD_REQUEST|PERSISTED_QUERY_\w+)$/;

function isDocumentedValue(value: string, list: string): boolean {
  const values = list.split(', ');
  if (values.includes(value)) return true;
  return values.includes('any code of errors.md') && (value in ERRORS || GRAPHQL_CODES.test(value));
}

/** A list that finds one of the models that are missing, and says otherwise of another. */
async function readThroughWrongList(app: TestApp): Promise<void> {
  const ids = range(14, 30).map(modelId);
  const { model: truth } = numberedModels(60, () => ({ versions: [] }))[15] ?? {};
  app.sandbox.faults.add({
    operation: 'ListModels',
    times: 1,
    fault: { kind: 'wrongShape', body: { Models: [truth], TotalCount: 60 } },
  });
  await app.query('query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }', { ids });
}

test.concurrent('models that are looked for in lists are counted, and lists that are wrong', async () => {
  await using app = await open();
  await app.query('{ models(first: 1) { nodes { id } } }');
  const byIds = (from: number, to: number) =>
    app.query('query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }', {
      ids: [...range(from, to).map(modelId), 'model-none'],
    });
  await byIds(10, 30);
  const good = await scrape(app.url);
  expect(good.value('list_batch_pages_total')).toBe(1);
  expect(good.value('list_batch_models_total', { outcome: 'found' })).toBe(18);
  expect(good.value('list_batch_models_total', { outcome: 'not_found' })).toBe(3);
  expect(good.value('list_mismatches_total')).toBe(0);
  app.passes(4_000_000);
  await app.query('{ models(first: 1) { nodes { id } } }');
  await readThroughWrongList(app);
  expect((await scrape(app.url)).value('list_mismatches_total')).toBe(1);
});

test.concurrent('docs/metrics.md lists every metric, label and value, and nothing else', async () => {
  await using app = await open();
  await mixture(app);
  app.sandbox.faults.add({
    modelId: modelId(1),
    fault: { kind: 'wrongShape', body: { ModelId: modelId(1), New: 1 } },
  });
  await ask(app, modelId(1), '', { 'cache-control': 'no-cache' });
  await readThroughWrongList(app);
  app.sandbox.faults.add({ fault: { kind: 'reset' } });
  await Promise.all(range(20, 60).map((index) => ask(app, modelId(index))));

  const rows = documented();
  const reasons = rows.get('pai_graph_redis_errors_total')?.labels.reason;
  expect(reasons).toBe(REDIS_REASONS.join(', '));
  const { types, samples } = await scrape(app.url);
  const isOnLinux = process.platform === 'linux';
  for (const [name, type] of types) expect(rows.get(name)?.type, name).toBe(type);
  for (const name of rows.keys()) {
    if (isOnLinux || name.startsWith('pai_graph_')) expect(types.has(name), name).toBe(true);
  }
  const seen = new Map([...rows.keys()].map((name) => [name, new Set<string>()]));
  for (const { name, labels } of samples) {
    const base = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    for (const [label, value] of Object.entries(labels)) {
      if (label === 'le' && types.get(base) === 'histogram') continue;
      const values = rows.get(base)?.labels[label];
      expect(values, `${base} ${label}`).toBeDefined();
      seen.get(base)?.add(label);
      if (base.startsWith('pai_graph_') && LISTS.includes(label)) {
        expect(isDocumentedValue(value, values ?? ''), `${base} ${label}=${value}`).toBe(true);
      }
    }
  }
  for (const [name, { labels }] of rows) {
    if (name.startsWith('pai_graph_') && !NOT_SEEN.includes(name))
      expect([...(seen.get(name) ?? [])].sort(), name).toEqual(Object.keys(labels).sort());
  }
});
