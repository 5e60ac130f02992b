// Traces as a collector receives them. The SDK reads its variables from the environment of the process.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { modelId, numberedModels } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import {
  apiKeys,
  aRoleMap,
  byKey,
  byToken,
  callerEnv,
  keysEnv,
  rolesOf,
} from '../support/callers.js';
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from '../support/otlp-receiver.js';
import { eventually, startMain } from '../support/programs.js';
import {
  DOCUMENTED_ID,
  postGraphql,
  type TestApp,
  type TestAppOptions,
  withApp,
} from '../support/with-app.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const GATEWAY_SPAN = '00f067aa0ba902b7';
const SAMPLED = { traceparent: `00-${TRACE_ID}-${GATEWAY_SPAN}-01` };
const NOT_SAMPLED = { traceparent: `00-${TRACE_ID}-${GATEWAY_SPAN}-00` };

const ONE = 'query OneModel($id: ID!) { model(id: $id) { id name } }';
const ID = { id: modelId(0) };

type Env = Record<string, string>;

afterEach(() => vi.unstubAllEnvs());

async function withTraces(receiver: { readonly url: string }, options: TestAppOptions = {}) {
  const env = (sandbox: Sandbox): Env => {
    const own = typeof options.env === 'function' ? options.env(sandbox) : options.env;
    const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '20' };
    const all = { ...collector, ...own };
    for (const [name, value] of Object.entries(all)) {
      if (name.startsWith('OTEL_')) vi.stubEnv(name, value);
    }
    return all;
  };
  return withApp({ sandbox: { models: numberedModels(200) }, ...options, env });
}

/** The spans of one trace, when its operation has ended. */
async function traceOf(receiver: OtlpReceiver, name: string, count = 1) {
  const operations = await receiver.named(name, count);
  const operation = operations[count - 1];
  if (operation === undefined) throw new Error('There is no such span.');
  const { traceId } = operation;
  const spans = receiver.spans.filter((span) => span.traceId === traceId);
  return { operation, spans, named: (part: string) => spans.filter((span) => span.name === part) };
}

const ATTEMPT = 'GET /api/v1/models/{ModelId}';
const attempts = (spans: readonly ReceivedSpan[]) => spans.filter(({ kind }) => kind === 'CLIENT');
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('an operation', () => {
  test('continues the trace of its gateway down to the attempt at PAI', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query(ONE, ID, SAMPLED);
    const { operation, spans } = await traceOf(receiver, 'query OneModel');
    expect(operation).toMatchObject({
      traceId: TRACE_ID,
      parentId: GATEWAY_SPAN,
      kind: 'SERVER',
      isError: false,
      links: [],
    });
    expect(operation.attributes).toEqual({
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'OneModel',
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/graphql',
      'url.path': '/graphql',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'pai_graph.answered_by': 'executed',
      'pai_graph.upstream_calls': 1,
    });
    expect(operation.resource).toMatchObject({ 'service.name': 'pai-model-graph' });
    const parts = spans.filter(({ parentId }) => parentId === operation.spanId);
    expect(parts.map(({ name, kind }) => [name, kind]).sort()).toEqual([
      [ATTEMPT, 'CLIENT'],
      ['authentication', 'INTERNAL'],
      ['pricing', 'INTERNAL'],
      ['quota wait', 'INTERNAL'],
    ]);
    expect(spans).toHaveLength(5);
    const [attempt] = attempts(spans);
    expect(attempt?.attributes).toEqual({
      'http.request.method': 'GET',
      'url.template': '/api/v1/models/{ModelId}',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(app.sandbox.url).port),
      'pai.request_id': expect.stringMatching(/^[0-9A-F-]{36}$/),
    });
  });

  test('that comes by GET continues it, too, and again when it is answered from the response cache', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver, { env: { RESPONSE_CACHE: 'on' } });
    const query = 'query ByGet { model(id: "model-000") { id name } }';
    const headers = { ...SAMPLED, 'apollo-require-preflight': '1' };
    for (const _ of Array(3)) {
      await fetch(`${app.url}/graphql?${new URLSearchParams({ query })}`, { headers });
    }
    const spans = await receiver.named('query ByGet', 3);
    for (const { traceId, parentId, attributes } of spans) {
      expect([traceId, parentId]).toEqual([TRACE_ID, GATEWAY_SPAN]);
      expect(attributes).toMatchObject({ 'http.request.method': 'GET', 'url.path': '/graphql' });
    }
    expect(spans.at(-1)?.attributes['pai_graph.answered_by']).toBe('response_cache');
    expect(attempts(receiver.spans)).toHaveLength(1);
  });

  test('begins a trace where the request brings none, or one that is not valid', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query(ONE, ID);
    await app.query(ONE, ID, { traceparent: `00-${'0'.repeat(32)}-${GATEWAY_SPAN}-01` });
    const spans = await receiver.named('query OneModel', 2);
    expect(spans.map(({ parentId }) => parentId)).toEqual(['', '']);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(2);
  });

  test('says whether the response cache, a compiled operation or Apollo answered it', async () => {
    await using receiver = await startOtlpReceiver();
    const answeredBy = async (env: Env) => {
      await using app = await withTraces(receiver, { env });
      for (const _ of Array(6)) await app.query(ONE, ID);
      await app.app.close();
      return receiver.spans.filter(({ name }) => name === 'query OneModel').at(-1)?.attributes[
        'pai_graph.answered_by'
      ];
    };
    const off = { RESPONSE_CACHE: 'off', COMPILED_OPERATIONS: 'off' };
    expect(await answeredBy(off)).toBe('executed');
    expect(await answeredBy({ ...off, COMPILED_OPERATIONS: 'on' })).toBe('compiled');
    expect(await answeredBy({ ...off, RESPONSE_CACHE: 'on' })).toBe('response_cache');
  });

  test('without a name is named by its type, and a request that is none has a span, too', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query('{ model(id: "model-000") { id } }');
    await fetch(`${app.url}/graphql`, { method: 'POST', body: '{' });
    await fetch(`${app.url}/graphql`, { method: 'DELETE' });
    await fetch(`${app.url}/readyz`);
    expect((await receiver.named('query'))[0]?.attributes).not.toHaveProperty(
      'graphql.operation.name',
    );
    const [refused] = await receiver.named('GraphQL Operation');
    expect(refused?.attributes).toMatchObject({ 'http.response.status_code': 415 });
    await app.app.close();
    expect(receiver.spans.filter(({ kind }) => kind === 'SERVER')).toHaveLength(2);
  });

  test('that fails by a mistake of its client is not an error; one that PAI fails is', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query('query Mistake { model(id: "not/an/id") { id } }');
    app.sandbox.faults.add({ fault: { kind: 'error', status: 503, code: 'ServiceUnavailable' } });
    await app.query('query Outage { model(id: "model-001") { id } }');
    const [mistake] = await receiver.named('query Mistake');
    const [outage] = await receiver.named('query Outage');
    expect([mistake?.isError, mistake?.attributes['error.type']]).toEqual([
      false,
      'BAD_USER_INPUT',
    ]);
    expect([outage?.isError, outage?.attributes['error.type']]).toEqual([
      true,
      'UPSTREAM_UNAVAILABLE',
    ]);
  });

  test('whose client goes before its response is cancelled, and so is its attempt', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    app.sandbox.faults.add({ fault: { kind: 'hang' } });
    const controller = new AbortController();
    const asking = fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: ONE, variables: ID }),
      signal: controller.signal,
    });
    await eventually(() => app.sandbox.requests[0]);
    controller.abort();
    await expect(asking).rejects.toThrow();
    const { operation, spans } = await traceOf(receiver, 'query OneModel');
    expect([operation.isError, operation.attributes['error.type']]).toEqual([false, 'CANCELLED']);
    const [attempt] = attempts(spans);
    expect([attempt?.isError, attempt?.attributes['error.type']]).toEqual([false, 'CANCELLED']);
  });

  test('that is refused for its credential has the span of that', async () => {
    await using receiver = await startOtlpReceiver();
    await using file = await aFile(apiKeys({ ann: null }));
    await using app = await withTraces(receiver, { env: keysEnv(file) });
    await app.query(ONE, ID);
    await app.query(ONE, ID, byKey('ann'));
    const [refused] = await receiver.named('authentication', 2);
    expect([refused?.isError, refused?.attributes]).toEqual([
      true,
      { 'error.type': 'UNAUTHENTICATED' },
    ]);
    const [operation] = await receiver.named('GraphQL Operation');
    expect(operation?.attributes).toMatchObject({
      'http.response.status_code': 401,
      'error.type': 'UNAUTHENTICATED',
    });
  });
});

describe('an attempt', () => {
  test('that repeats another counts, and each has its own outcome', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    const fault = { kind: 'error', status: 503, code: 'ServiceUnavailable' } as const;
    app.sandbox.faults.add({ fault, times: 1 });
    await app.query(ONE, ID);
    const { spans, named } = await traceOf(receiver, 'query OneModel');
    const [first, second] = attempts(spans);
    expect([first?.isError, first?.attributes]).toEqual([
      true,
      expect.objectContaining({
        'http.response.status_code': 503,
        'error.type': 'UPSTREAM_UNAVAILABLE',
        'pai.error_code': 'ServiceUnavailable',
      }),
    ]);
    expect(first?.attributes).not.toHaveProperty('http.request.resend_count');
    expect([second?.isError, second?.attributes['http.request.resend_count']]).toEqual([false, 1]);
    expect(named('quota wait')).toHaveLength(2);
  });

  test('that finds no model is not an error', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query(ONE, { id: 'absent' });
    const [attempt] = attempts((await traceOf(receiver, 'query OneModel')).spans);
    expect(attempt?.isError).toBe(false);
    expect(attempt?.attributes).not.toHaveProperty('error.type');
  });

  test('sends `traceparent` to PAI only where a setting says so', async () => {
    await using receiver = await startOtlpReceiver();
    const headersWith = async (env: Env) => {
      await using app = await withTraces(receiver, { env });
      const { data } = await app.query(ONE, ID, { ...SAMPLED, baggage: 'tenant=a' });
      expect(data.model.name).toBeDefined();
      return app.sandbox.requests[0]?.headers ?? {};
    };
    const without = await headersWith({});
    expect(without).not.toHaveProperty('traceparent');
    expect(without).not.toHaveProperty('baggage');
    const sent = await headersWith({ PAI_TRACEPARENT: 'on' });
    const [, attempt] = await receiver.named(ATTEMPT, 2);
    expect(sent.traceparent).toBe(`00-${TRACE_ID}-${attempt?.spanId}-01`);
    expect(sent).not.toHaveProperty('baggage');
  });
});

test('an exchange of a caller’s token at STS has a span, and PAI’s headers are not for STS', async () => {
  await using receiver = await startOtlpReceiver();
  const roles = rolesOf(['left']);
  await using roleMap = await aRoleMap(roles);
  await using app = await withTraces(receiver, {
    sandbox: { models: numberedModels(2), roles: Object.values(roles) },
    env: (sandbox) => ({ ...callerEnv(sandbox, roleMap), PAI_TRACEPARENT: 'on' }),
  });
  const token = app.sandbox.mintToken({ sub: 'ann', tenant: 'left', expiresInSeconds: 3600 });
  await app.query(ONE, ID, byToken(token));
  const { operation, named } = await traceOf(receiver, 'query OneModel');
  const [exchange] = named('POST /');
  expect([exchange?.kind, exchange?.parentId]).toEqual(['CLIENT', operation.spanId]);
  expect(exchange?.attributes).toMatchObject({
    'http.request.method': 'POST',
    'server.address': '127.0.0.1',
    'pai.request_id': expect.any(String),
  });
  const toSts = app.sandbox.requests.find(({ operation }) => operation === 'AssumeRoleWithOIDC');
  expect(toSts?.headers).not.toHaveProperty('traceparent');
  expect(Buffer.concat(receiver.bodies).toString('latin1')).not.toContain(token);
});

describe('reads', () => {
  test('that join the fetch of another operation are linked to it', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    app.sandbox.faults.add({ delayMs: 200, times: 1 });
    const leading = app.query('query Leader { model(id: "model-000") { id name } }');
    await eventually(() => app.sandbox.requests[0]);
    await Promise.all([
      leading,
      app.query('query Follower { model(id: "model-000") { id name } }'),
    ]);
    const leader = await traceOf(receiver, 'query Leader');
    const follower = await traceOf(receiver, 'query Follower');
    expect(attempts(leader.spans)).toHaveLength(1);
    expect(attempts(follower.spans)).toEqual([]);
    const [joined] = follower.named('single flight');
    const { traceId, spanId } = leader.operation;
    expect(joined?.links).toEqual([{ traceId, spanId }]);
    expect(leader.named('single flight')).toEqual([]);
  });

  test('tell their outcome in the cache as one event', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver, { env: { RESPONSE_CACHE: 'off' } });
    const names = ['Cold', 'Warm'];
    for (const name of names) {
      await app.query(
        `query ${name} { modelsByIds(ids: ["model-000", "model-001", "absent"]) { id } }`,
      );
    }
    const eventsOf = async (name: string) =>
      (await traceOf(receiver, name)).operation.events.filter((event) => event.name === 'cache');
    const counts = { kind: 'model', hit: 0, negative: 0, stale: 0, miss: 0 };
    expect(await eventsOf('query Cold')).toEqual([
      { name: 'cache', attributes: { ...counts, miss: 3 } },
    ]);
    expect(await eventsOf('query Warm')).toEqual([
      { name: 'cache', attributes: { ...counts, hit: 2, negative: 1 } },
    ]);
  });

  test('that are served stale refresh the entry in a trace of its own, linked to the operation', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver, { env: { RESPONSE_CACHE: 'off' } });
    await app.query(ONE, ID);
    app.passes(31_000);
    await app.query('query Stale { model(id: "model-000") { id name } }');
    const [revalidation] = await receiver.named('revalidation');
    const { operation, spans } = await traceOf(receiver, 'query Stale');
    expect(attempts(spans)).toEqual([]);
    expect(operation.events).toContainEqual({
      name: 'cache',
      attributes: { kind: 'model', hit: 0, negative: 0, stale: 1, miss: 0 },
    });
    expect(revalidation?.parentId).toBe('');
    expect(revalidation?.traceId).not.toBe(operation.traceId);
    const { traceId, spanId } = operation;
    expect(revalidation?.links).toEqual([{ traceId, spanId }]);
    const [refresh] = receiver.spans.filter((span) => span.parentId === revalidation?.spanId);
    expect(refresh?.name).toBeDefined();
  });

  test('that fall back to a stale entry say so', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query(ONE, ID);
    app.passes(100_000);
    app.sandbox.faults.add({ fault: { kind: 'error', status: 503, code: 'ServiceUnavailable' } });
    await app.query('query Fallback { model(id: "model-000") { id name } }');
    const { operation } = await traceOf(receiver, 'query Fallback');
    expect(operation.events).toContainEqual({
      name: 'stale if error',
      attributes: { kind: 'model' },
    });
    expect(operation.isError).toBe(false);
  });

  test('have no span for each resolver', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query('query Page { models(first: 50) { nodes { id name labels { key value } } } }');
    const { spans } = await traceOf(receiver, 'query Page');
    expect(spans.length).toBeLessThan(8);
  });
});

describe('sampling', () => {
  test('follows the parent: its trace is left out where the gateway leaves it out', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query('query LeftOut { model(id: "model-000") { id } }', {}, NOT_SAMPLED);
    await app.query('query Taken { model(id: "model-001") { id } }', {}, SAMPLED);
    await receiver.named('query Taken');
    await app.app.close();
    expect(receiver.spans.filter(({ name }) => name === 'query LeftOut')).toEqual([]);
  });

  test('follows OTEL_TRACES_SAMPLER where the request brings no decision', async () => {
    await using receiver = await startOtlpReceiver();
    const env = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    await using app = await withTraces(receiver, { env });
    await app.query('query LeftOut { model(id: "model-000") { id } }');
    await app.query('query Taken { model(id: "model-001") { id } }', {}, SAMPLED);
    await receiver.named('query Taken');
    await app.app.close();
    expect(receiver.spans.filter(({ name }) => name === 'query LeftOut')).toEqual([]);
  });
});

describe('what the collector gets', () => {
  test('has the entries of `baggage`, bounded, unless OTEL_PROPAGATORS leaves it out', async () => {
    await using receiver = await startOtlpReceiver();
    const baggageWith = async (env: Env) => {
      await using app = await withTraces(receiver, { env });
      const more = Array.from({ length: 40 }, (_, index) => `more${index}=${'x'.repeat(300)}`);
      const baggage = ['tenant=blue%20team', ...more].join(',');
      await app.query(ONE, ID, { ...SAMPLED, baggage });
      await app.app.close();
      const { attributes = {} } =
        receiver.spans.filter(({ kind }) => kind === 'SERVER').at(-1) ?? {};
      return Object.entries(attributes).filter(([name]) => name.startsWith('baggage.'));
    };
    const entries = await baggageWith({});
    expect(entries).toContainEqual(['baggage.tenant', 'blue team']);
    expect(entries).toHaveLength(16);
    for (const [, value] of entries) expect(String(value).length).toBeLessThanOrEqual(256);
    expect(await baggageWith({ OTEL_PROPAGATORS: 'tracecontext' })).toEqual([]);
  });

  test('has no document, argument, key or token', async () => {
    await using receiver = await startOtlpReceiver();
    await using file = await aFile(apiKeys({ ann: null }));
    await using app = await withTraces(receiver, { env: keysEnv(file) });
    const query =
      'query Secret($id: ID!, $word: String!) { model(id: $id) { id label(key: $word) } }';
    const variables = { id: 'secret-id', word: 'secret-word' };
    await app.query(query, variables, byKey('ann'));
    const params = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    const headers = { ...byKey('ann'), 'apollo-require-preflight': '1' };
    await fetch(`${app.url}/graphql?${params}`, { headers });
    await receiver.named('query Secret', 2);
    const sent = Buffer.concat(receiver.bodies).toString('latin1');
    for (const secret of ['secret-id', 'secret-word', 'label(', 'key-of-ann', 'sandbox-secret']) {
      expect(sent).not.toContain(secret);
    }
  });

  test('is compressed, and comes with headers and attributes, as the standard variables say', async () => {
    await using receiver = await startOtlpReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_HEADERS: 'authentication=the%20token',
      OTEL_SERVICE_NAME: 'registry',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
    };
    await using app = await withTraces(receiver, { env });
    await app.query(ONE, ID);
    const [operation] = await receiver.named('query OneModel');
    expect(operation?.resource).toMatchObject({
      'service.name': 'registry',
      'deployment.environment': 'test',
    });
    expect(receiver.headers[0]).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/x-protobuf',
      authentication: 'the token',
    });
  });
});

describe('a collector that fails', () => {
  const readyz = async (app: TestApp) =>
    JSON.parse(await (await fetch(`${app.url}/readyz`)).text());
  const stateEvents = (app: TestApp) => app.events.filter(({ type }) => type === 'traces');

  test('is reported once, by its cause, and does not slow a request; then it is well again', async () => {
    const receiver = await startOtlpReceiver();
    const port = Number(new URL(receiver.url).port);
    await receiver[Symbol.asyncDispose]();
    await using app = await withTraces(receiver, { env: { OTEL_EXPORTER_OTLP_TIMEOUT: '300' } });
    const startedAt = performance.now();
    for (const _ of Array(20)) await app.query(ONE, ID);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await eventually(() => stateEvents(app)[0]);
    expect(await readyz(app)).toMatchObject({
      status: 'ready',
      parts: { traces: 'failing: ECONNREFUSED' },
    });
    await app.query(ONE, ID);
    await pause(500);
    expect(stateEvents(app)).toEqual([{ type: 'traces', state: 'down', cause: 'ECONNREFUSED' }]);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain('pai_graph_traces_up 0\n');
    expect(metrics).toMatch(/^pai_graph_spans_exported_total\{outcome="FAILED"\} [1-9]/m);
    await using _ = await startOtlpReceiver(port);
    await eventually(async () => {
      await app.query(ONE, ID);
      return (await readyz(app)).parts.traces === 'ok' || undefined;
    });
    expect(stateEvents(app)).toEqual([
      { type: 'traces', state: 'down', cause: 'ECONNREFUSED' },
      { type: 'traces', state: 'up' },
    ]);
  });

  test('is named by its status where it refuses', async () => {
    await using receiver = await startOtlpReceiver();
    receiver.answerWith(401);
    await using app = await withTraces(receiver);
    await app.query(ONE, ID);
    await eventually(() => stateEvents(app)[0]);
    expect((await readyz(app)).parts.traces).toBe('failing: HTTP 401');
  });

  test('that does not answer keeps a shutdown for two seconds at most', async () => {
    await using receiver = await startOtlpReceiver();
    receiver.answerWith(null);
    const app = await withTraces(receiver);
    await app.query(ONE, ID);
    const startedAt = performance.now();
    await app.app.close();
    expect(performance.now() - startedAt).toBeLessThan(3000);
    await app.sandbox.close();
  });
});

describe('a shutdown', () => {
  test('sends the spans that are left', async () => {
    await using receiver = await startOtlpReceiver();
    const app = await withTraces(receiver, { env: { OTEL_BSP_SCHEDULE_DELAY: '60000' } });
    await app.query(ONE, ID);
    expect(receiver.spans).toEqual([]);
    await app[Symbol.asyncDispose]();
    expect(receiver.spans.map(({ name }) => name)).toContain('query OneModel');
  });
});

describe('the histogram of operations', () => {
  const OPEN_METRICS = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' };
  const scrape = async (app: TestApp, headers = {}) => {
    const response = await fetch(`${app.url}/metrics`, { headers });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  test('names traces that are kept as exemplars, for a scraper that asks for OpenMetrics', async () => {
    await using receiver = await startOtlpReceiver();
    await using app = await withTraces(receiver);
    await app.query(ONE, ID, NOT_SAMPLED);
    expect((await scrape(app, OPEN_METRICS)).text).not.toContain('trace_id');
    await app.query(ONE, ID, SAMPLED);
    const { type, text } = await scrape(app, OPEN_METRICS);
    expect(type).toContain('application/openmetrics-text');
    expect(text).toMatch(
      new RegExp(
        `^pai_graph_operation_seconds_bucket\\{.*\\} \\d+ # \\{trace_id="${TRACE_ID}",span_id="[0-9a-f]{16}"\\}`,
        'm',
      ),
    );
    expect(text).toMatch(/# EOF\n$/);
  });

  test('is the same text as without traces, for every other scraper', async () => {
    await using receiver = await startOtlpReceiver();
    await using traced = await withTraces(receiver);
    vi.unstubAllEnvs();
    await using plain = await withApp({ sandbox: { models: numberedModels(200) } });
    const namesOf = async (app: TestApp) => {
      await app.query(ONE, ID, SAMPLED);
      await scrape(app, OPEN_METRICS);
      const { type, text } = await scrape(app, { accept: 'text/plain' });
      const lines = text
        .split('\n')
        .map((line) => line.replace(/(?<!^# .*) .*$/, ''))
        .filter((line) => /^(# TYPE )?pai_graph_(?!traces_up|spans_exported)/.test(line));
      return { type, names: new Set(lines), text };
    };
    const [one, other] = [await namesOf(traced), await namesOf(plain)];
    expect(one.type).toBe(other.type);
    expect(one.names).toEqual(other.names);
    expect(one.text).not.toMatch(/trace_id|# EOF/);
  });
});

describe('log lines', () => {
  test('of an operation name its trace and span, whether it is sampled or not', async () => {
    await using receiver = await startOtlpReceiver();
    await using main = startMain({
      PORT: '0',
      LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    });
    const query = `query Logged { model(id: "${DOCUMENTED_ID}") { name } }`;
    await postGraphql(await main.url, { query }, NOT_SAMPLED);
    await postGraphql(await main.url, { query: '{ model(id: "/") { id } }' }, SAMPLED);
    const lines = await main.logAtEnd();
    const ofOperations = lines.filter(({ event }) => event !== 'span_export' && event !== 'traces');
    const ANSWERED = ['operation', 'response'];
    const ids = ofOperations.map(({ event, trace_id }) => [event ?? 'operation', trace_id]);
    expect(ids).toEqual(
      ['quota_wait', 'upstream_attempt', 'read', ...ANSWERED, ...ANSWERED].map((event) => [
        event,
        TRACE_ID,
      ]),
    );
    const spanOf = (event?: string) => ofOperations.find((line) => line.event === event)?.span_id;
    expect(spanOf('read')).toBe(spanOf());
    expect(spanOf('upstream_attempt')).not.toBe(spanOf());
    const [sampled] = await receiver.named('query');
    expect(ofOperations.at(-1)?.span_id).toBe(sampled?.spanId);
  });

  test('name none while traces are off', async () => {
    await using main = startMain({ PORT: '0' });
    await postGraphql(await main.url, { query: '{ model(id: "a") { name } }' }, SAMPLED);
    for (const line of await main.logAtEnd()) expect(line).not.toHaveProperty('trace_id');
  });
});

test('with OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER=none nothing is sent', async () => {
  await using receiver = await startOtlpReceiver();
  for (const env of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
    await using app = await withTraces(receiver, { env });
    await app.query(ONE, ID, SAMPLED);
    const { parts } = JSON.parse(await (await fetch(`${app.url}/readyz`)).text());
    expect(parts).not.toHaveProperty('traces');
    await app.app.close();
  }
  expect(receiver.bodies).toEqual([]);
});
