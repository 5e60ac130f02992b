// The contract of the built server as clients of gateways see it: refusals, credentials, calls, budgets and caching.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { API_KEY, withApiKeys } from '../support/api-keys';
import { type Federation, GATEWAYS, startFederation } from './federation';

const ID = 'model-rbvg5wzljzks92';
const NAME = `{ model(id: "${ID}") { name } }`;
const MANY = 'models(first: 100) { nodes { versions(first: 99) { nodes { id } } } }';
const SENTIMENT = { model: { name: '情感分析' } };

function start(options: Parameters<typeof startFederation>[0]): {
  readonly federation: Federation;
} {
  let started: Federation | undefined;
  beforeAll(async () => {
    started = await startFederation(options);
  });
  beforeEach(async () => {
    started?.requests.splice(0);
    await started?.setFaults();
  });
  afterAll(() => started?.[Symbol.asyncDispose]());
  return {
    get federation() {
      if (!started) throw new Error('It has not started.');
      return started;
    },
  };
}

describe('without access control', () => {
  const versions = [{ modelId: ID, versionName: '0.1.0' }];
  const given = start({ versions, env: { CACHE_TTL_SECONDS: '0' } });

  describe.each(GATEWAYS)('%s', (gateway) => {
    test('gives its client the code of an operation that is refused as a whole', async () => {
      const { data, errors } = await given.federation.query(gateway, {
        query: `{ one: ${MANY} other: ${MANY} }`,
      });
      expect(data).toEqual({ one: null, other: null });
      expect(errors.length).toBeGreaterThan(0);
      for (const { extensions } of errors) {
        expect(extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 10_000 });
      }
    });

    test('gives its client the code of each field that failed, and the other fields', async () => {
      await given.federation.setFaults({
        operation: 'ListModelVersions',
        fault: { kind: 'throttle', retryAfterMs: 40_000 },
      });
      const { data, errors } = await given.federation.query(gateway, {
        query: `{ model(id: "${ID}") { name versions(first: 1) { nodes { id } } } wrong: model(id: "/") { name } }`,
      });
      expect(data).toEqual({ model: { name: '情感分析', versions: null }, wrong: null });
      expect(
        errors.map(({ path, extensions }) => [path?.join('.'), extensions.code]).sort(),
      ).toEqual([
        ['model.versions', 'RATE_LIMITED'],
        ['wrong', 'BAD_USER_INPUT'],
      ]);
      const throttled = errors.find(({ extensions }) => extensions.code === 'RATE_LIMITED');
      expect(throttled?.extensions.retryAfterMs).toBeGreaterThan(30_000);
    });

    test('sends the id of the request, and gives its client the number of PAI calls', async () => {
      const { headers } = await given.federation.query(
        gateway,
        {
          query: `{ reviews { version { formatType } } model(id: "${ID}") { name } }`,
        },
        { 'x-request-id': 'request-17' },
      );
      const { requests } = given.federation;
      expect(requests.map((request) => request.headers['x-request-id'])).toEqual(
        requests.map(() => 'request-17'),
      );
      expect(requests.length).toBeGreaterThan(1);
      const calls = sum(requests.map(({ answer }) => String(answer.headers['x-upstream-calls'])));
      expect(calls).toBe(2);
      expect(sum([headers.get('x-upstream-calls') ?? ''])).toBe(calls);
    });

    test('sends a budget, and gives its client what it left out', async () => {
      const { data, errors } = await given.federation.query(
        gateway,
        { query: `{ model(id: "${ID}") { name } other: model(id: "model-none") { name } }` },
        { 'x-upstream-budget': '1' },
      );
      expect(data).toEqual({ ...SENTIMENT, other: null });
      expect(errors).toMatchObject([
        { extensions: { code: 'RATE_LIMITED', omittedIds: ['model-none'] } },
      ]);
    });

    test('runs an operation that a client asks to explain, since it sends no extensions on', async () => {
      const { data, errors } = await given.federation.query(gateway, {
        query: NAME,
        extensions: { explain: true },
      });
      expect({ data, errors }).toEqual({ data: SENTIMENT, errors: [] });
    });
  });

  test('Apollo Gateway sends hashes in place of queries that the server knows', async () => {
    const query = `{ model(id: "${ID}") { domain } }`;
    for (const _ of [1, 2]) await given.federation.query('Apollo Gateway', { query });
    const bodies = given.federation.requests.map(({ body }) => JSON.parse(body));
    expect(bodies.map((body) => 'query' in body)).toEqual([false, true, false]);
  });

  test('the answers of Apollo Gateway are private, as those of the server', async () => {
    const { headers } = await given.federation.query('Apollo Gateway', { query: NAME });
    expect(headers.get('cache-control')).not.toContain('public');
  });
});

describe('with API keys', () => {
  const credentials = { 'x-api-key': API_KEY };
  const given = start({
    env: { ...withApiKeys(), OPERATIONS_PER_SECOND: '3' },
    credentials,
  });

  describe.each(GATEWAYS)('%s', (gateway) => {
    test('gives its client the code of a refusal before GraphQL, and no address', async () => {
      const { data, errors } = await given.federation.query(gateway, { query: NAME });
      expect(data).toEqual({ model: null });
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
      expect(JSON.stringify(errors)).not.toContain('127.0.0.1');
    });

    test('sends the client’s credentials', async () => {
      const ask = () => given.federation.query(gateway, { query: NAME }, credentials);
      await expect.poll(async () => (await ask()).data).toEqual(SENTIMENT);
    });

    test('gives its client the pause of a refusal for too many operations', async () => {
      // Hive Gateway sends equal requests that run at the same time once.
      const queries = Array.from({ length: 8 }, (_, of) => `{ model(id: "model-${of}") { name } }`);
      const answers = await Promise.all(
        queries.map((query) => given.federation.query(gateway, { query }, credentials)),
      );
      const refusals = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions));
      expect(refusals).toContainEqual(
        expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) }),
      );
    });
  });
});

describe('where references of other subgraphs need more calls than an operation may make', () => {
  const versions = ['0.1.0', '0.2.0', '0.3.0'].map((versionName) => ({ modelId: ID, versionName }));
  const given = start({ versions, env: { UPSTREAM_CALLS_PER_OPERATION: '2' } });

  describe.each(GATEWAYS)('%s', (gateway) => {
    test('keeps the data of the other subgraph, and gives its client the code', async () => {
      const { data, errors } = await given.federation.query(gateway, {
        query: '{ reviews { text version { modelId versionName stars formatType } } }',
      });
      const version = { modelId: ID, stars: 4, formatType: null };
      expect(data.reviews).toEqual(
        versions.map(({ versionName }) => ({
          text: 'Good',
          version: { ...version, versionName },
        })),
      );
      expect(errors[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 2 });
    });

    test('gives nothing where the client selects a key that only the server knows', async () => {
      const { data, errors } = await given.federation.query(gateway, {
        query: '{ reviews { version { id formatType } } }',
      });
      expect(data).toBeNull();
      expect(errors.map(({ extensions }) => extensions.code)).toContain('QUERY_TOO_COMPLEX');
    });
  });
});

describe('with CACHE_CONTROL_SCOPE=public', () => {
  const given = start({ env: { CACHE_CONTROL_SCOPE: 'public' } });

  test('the answers of Apollo Gateway are public', async () => {
    const { headers } = await given.federation.query('Apollo Gateway', { query: NAME });
    expect(headers.get('cache-control')).toMatch(/^max-age=\d+, public$/);
  });

  test('Hive Gateway keeps them for the next client', async () => {
    const query = `{ model(id: "${ID}") { task } }`;
    const first = await given.federation.query('Hive Gateway', { query });
    const second = await given.federation.query('Hive Gateway', { query });
    expect(second.data).toEqual(first.data);
    expect(given.federation.requests).toHaveLength(1);
  });

  test('an answer with an error is kept by neither', async () => {
    const query = '{ model(id: "/") { name } }';
    for (const gateway of GATEWAYS) {
      given.federation.requests.splice(0);
      for (const _ of [1, 2]) {
        const { errors, headers } = await given.federation.query(gateway, { query });
        expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
        expect(headers.get('cache-control') ?? 'no-store').toBe('no-store');
      }
      expect(given.federation.requests.length).toBeGreaterThanOrEqual(2);
    }
  });
});

function sum(headers: readonly string[]): number {
  return headers
    .flatMap((header) => header.split(','))
    .reduce((total, calls) => total + Number(calls), 0);
}
