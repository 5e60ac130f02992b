import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import {
  assertInterfaceType,
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  parse,
  printSchema,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { type RawAnswer, type RawRequest, rawRequest } from '../http/raw-request.js';
import { DOCUMENTED_ID, startTestApp, withApp } from '../support/with-app.js';

async function ask(options: RawRequest, env: Record<string, string> = {}): Promise<RawAnswer> {
  const app = await startTestApp(env);
  try {
    return await rawRequest(app.url, options);
  } finally {
    await app.close();
  }
}

describe('paths', () => {
  test('an unknown path is 404 in the shape of a GraphQL answer', async () => {
    const detours = ['/./healthz', '/x/../healthz', '/x/%2e%2e/healthz', '/x\\..\\healthz'];
    const others = ['/nothing', '/graphql/', '/GraphQL', '/healthz/x', '//'];
    for (const target of [...others, ...detours]) {
      const { status, headers, body } = await ask({ target });
      expect([target, status]).toEqual([target, 404]);
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(JSON.parse(body)).toEqual({
        errors: [{ message: 'There is nothing at this path.', extensions: { code: 'NOT_FOUND' } }],
      });
    }
  });

  test('a request target that is not a URL is the client’s fault and never reported as ours', async () => {
    for (const target of ['//[', '//evil.example:x/graphql', '/\\\\', '*', 'http://[']) {
      await using app = await withApp();
      const method = target === '*' ? 'OPTIONS' : 'GET';
      const { status } = await rawRequest(app.url, { method, target });
      expect([target, status]).toEqual([target, expect.toBeOneOf([400, 404])]);
      expect(app.events.filter(({ type }) => type === 'unexpected')).toEqual([]);
    }
  });

  test('a path that begins with two slashes is not taken for a host', async () => {
    expect((await ask({ target: '//graphql' })).status).toBe(404);
    expect((await ask({ target: '//evil.example/healthz' })).status).toBe(404);
  });

  test('the absolute form of a target, as proxies send it, is served', async () => {
    expect((await ask({ target: 'http://127.0.0.1:4000/healthz' })).status).toBe(200);
  });

  test('a wrong method is 405 and names the right ones', async () => {
    const table = [
      ['/graphql', 'DELETE', 'GET, POST'],
      ['/graphql', 'HEAD', 'GET, POST'],
      ['/graphql', 'OPTIONS', 'GET, POST'],
      ['/', 'POST', 'GET, HEAD'],
      ['/healthz', 'POST', 'GET, HEAD'],
      ['/readyz', 'PUT', 'GET, HEAD'],
      ['/schema.graphql', 'DELETE', 'GET, HEAD'],
    ] as const;
    for (const [target, method, allow] of table) {
      const { status, headers } = await ask({ target, method });
      expect([target, method, status, headers.allow]).toEqual([target, method, 405, allow]);
    }
  });
});

describe('probes', () => {
  test('/healthz says that the process lives', async () => {
    const { status, headers, body } = await ask({ target: '/healthz' });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(JSON.parse(body)).toEqual({ status: 'alive' });
  });

  test('HEAD answers like GET, without a body', async () => {
    for (const target of ['/healthz', '/readyz', '/schema.graphql', '/subgraph.graphql']) {
      const got = await ask({ target });
      const { status, headers, body } = await ask({ target, method: 'HEAD' });
      expect([status, body]).toEqual([200, '']);
      expect(headers['content-length']).toBe(got.headers['content-length']);
    }
  });

  test('/readyz names each part and never calls the upstream', async () => {
    await using app = await withApp();
    const ready = async () => {
      const response = await fetch(`${app.url}/readyz`);
      return { status: response.status, body: await response.json() };
    };
    expect(await ready()).toEqual({
      status: 200,
      body: {
        status: 'ready',
        parts: {
          auth: 'none',
          upstream: 'unknown',
          identity: 'service',
          credentials: 'ok',
          redis: 'off',
          cacheIsolation: 'per scope',
          clock: 'ok',
          quota: 'ok',
          breaker: 'ok',
          listBatching: 'unknown',
        },
      },
    });
    expect(app.sandbox.requests).toEqual([]);

    await app.query(`{ model(id: "${DOCUMENTED_ID}") { name } }`);
    expect((await ready()).body).toMatchObject({ parts: { upstream: 'ok' } });

    app.sandbox.faults.add({ fault: { kind: 'html' } });
    await app.query(`{ model(id: "model-other") { name } }`);
    expect(await ready()).toMatchObject({
      status: 200,
      body: { status: 'ready', parts: { upstream: 'failing' } },
    });
  });
});

describe('/subgraph.graphql', () => {
  test('is the subgraph with its descriptions and federation directives', async () => {
    const { status, headers, body } = await ask({ target: '/subgraph.graphql' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    const { definitions } = parse(body);
    const model = definitions.find(
      (one) => one.kind === 'ObjectTypeDefinition' && one.name.value === 'Model',
    );
    expect(model).toMatchObject({
      description: { value: expect.stringContaining('A model in the PAI model registry') },
      directives: expect.arrayContaining([
        expect.objectContaining({ name: expect.objectContaining({ value: 'key' }) }),
      ]),
    });
    expect(body).toContain('https://specs.apollo.dev/federation/v2');
  });
});

describe('/schema.graphql', () => {
  test('is the schema that clients use, without any part of federation', async () => {
    const { status, headers, body } = await ask({ target: '/schema.graphql' });
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    const schema = buildSchema(body);
    expect(schema.description).toMatch(/PAI model registry/);
    expect(schema.getType('Model')?.description).toContain('A model in the PAI model registry');
    expect(schema.getPossibleTypes(assertInterfaceType(schema.getType('Node')))).toHaveLength(2);
    const own = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith('__'));
    expect(own.filter((name) => name.includes('_'))).toEqual([]);
    expect(body).not.toMatch(
      /extend schema|@link|@key|@shareable|@upstream|@keyFrom|@cost|@listSize/,
    );
    expect(body).not.toMatch(/\b_(entities|service)\b|^directive /m);
  });

  test('is the schema that introspection shows, which tools build from it', async () => {
    await using app = await withApp();
    const { data, errors } = await app.query(
      getIntrospectionQuery({ schemaDescription: true, specifiedByUrl: true }),
    );
    expect(errors).toEqual([]);
    const published = buildSchema(await (await fetch(`${app.url}/schema.graphql`)).text());
    const introspected = buildClientSchema(data);
    expect(printSchema(introspected)).toBe(printSchema(published));
    const named = await app.query('query ($n: String!) { __typename __type(name: $n) { name } }', {
      n: '_Service',
    });
    expect(named).toMatchObject({ data: { __typename: 'Query', __type: null }, errors: [] });
  });

  test('leaves an operation that reads more than the schema to the subgraph', async () => {
    await using app = await withApp();
    const { data } = await app.query(
      '{ __schema { queryType { name } } _service { sdl } ...F } fragment F on Query { __typename }',
    );
    expect(data).toMatchObject({ __schema: { queryType: { name: 'Query' } }, __typename: 'Query' });
    expect(data._service.sdl).toContain('@key');
  });

  test('is served where introspection is off', async () => {
    const production = { NODE_ENV: 'production', AUTH: 'none', SANDBOX: 'true' };
    const { status, body } = await ask({ target: '/schema.graphql' }, production);
    expect(status).toBe(200);
    expect(body).toContain('type Model');
    const introspected = await ask(
      {
        method: 'POST',
        target: '/graphql',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/graphql-response+json',
        },
        body: ['{"query":"{ __schema { queryType { name } } }"}'],
      },
      production,
    );
    expect(introspected.status).toBe(400);
    expect(introspected.body).toMatch(/introspection/i);
  });
});

test('a client that is slow with its headers or its request is cut off', async () => {
  const app = await startTestApp({});
  let server: Server | undefined;
  const see = (message: unknown) => {
    server = (message as { server: Server }).server;
  };
  subscribe('http.server.request.start', see);
  await rawRequest(app.url, { target: '/healthz' });
  unsubscribe('http.server.request.start', see);
  await app.close();
  expect(server).toMatchObject({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // The deadline of an operation, in which nothing need be sent, and then some.
    timeout: 60_000,
  });
});
