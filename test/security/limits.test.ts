// Every limit over HTTP, at its bound and one over: a request over it is refused before any upstream call.
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { type GraphqlAnswer, postGraphql, type TestApp, withApp } from '../support/with-app.js';
import { bomb, fields, introspectionLevels, levels, MODEL, times, tokens } from './documents.js';

interface Case {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `no id ${index}`);
const references = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ __typename: 'Model', id: `model-${index}` }));
const ENTITIES = 'query ($all: [_Any!]!) { _entities(representations: $all) { __typename } }';
const NODES = `query ($ids: [ID!]!) { ${times(10, (n) => `n${n}: nodes(ids: $ids) { id }`)} }`;
const page = (first: number, below: string) => `models(first: ${first}) { nodes { ${below} } }`;
const versions = (first: number) => `versions(first: ${first}) { nodes { versionName } }`;
const model = (index: number) => `m${index}: model(id: "model-${index}") { name }`;

const READS = `query ($a: [ID!]!, $b: [ID!]!, $c: [ID!]!) {
  a: modelsByIds(ids: $a) { name } b: modelsByIds(ids: $b) { name } c: modelsByIds(ids: $c) { name }
}`;
function readsOf(count: number) {
  const all = references(count).map(({ id }) => id);
  return { a: all.slice(0, 100), b: all.slice(100, 200), c: all.slice(200) };
}

/** name, limit, at its bound, over it, and the measured value then. */
const CASES: readonly [string, number, Case, Case, number?][] = [
  ['tokens', 10_000, { query: tokens(10_000) }, { query: tokens(10_001) }],
  ['levels of fields', 15, { query: levels(15) }, { query: levels(16) }],
  [
    'levels of introspection',
    20,
    { query: introspectionLevels(20) },
    { query: introspectionLevels(21) },
  ],
  [
    'aliases',
    50,
    { query: `{ ${MODEL} { ${times(50, (n) => `a${n}: name`)} } }` },
    { query: `{ ${MODEL} { ${times(51, (n) => `a${n}: name`)} } }` },
  ],
  [
    'aliases of fragments spread often',
    50,
    {
      query: `{ ${MODEL} { ...A ...A } } fragment A on Model { ${times(25, (n) => `a${n}: id`)} }`,
    },
    {
      query: `{ ${MODEL} { ...A ...A ...A } } fragment A on Model { ${times(17, (n) => `a${n}: id`)} }`,
    },
  ],
  [
    'root fields',
    50,
    { query: `{ ${'__typename '.repeat(50)} }` },
    { query: `{ ${'__typename '.repeat(51)} }` },
  ],
  [
    'directives',
    50,
    { query: `{ ${MODEL} { ${'name @include(if: true) '.repeat(50)} } }` },
    { query: `{ ${MODEL} { ${'name @include(if: true) '.repeat(51)} } }` },
  ],
  ['fields with fragments spread', 5000, { query: fields(102) }, { query: fields(102, 1) }],
  [
    'selections of one field at one place',
    100,
    { query: `{ ${MODEL} { ${'name '.repeat(100)} } }` },
    { query: `{ ${MODEL} { ${'name '.repeat(101)} } }` },
  ],
  [
    'ids',
    1000,
    { query: NODES, variables: { ids: ids(100) } },
    { query: NODES.replace('{', '{ node(id: "a") { id } '), variables: { ids: ids(100) } },
  ],
  [
    'ids in one variable',
    1000,
    { query: NODES, variables: { ids: ids(100) } },
    {
      query: 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { name } }',
      variables: { ids: ids(5000) },
    },
    5000,
  ],
  [
    'items of lists, multiplied along the path',
    10_000,
    { query: `{ ${page(99, versions(100))} b: ${page(1, 'id')} }` },
    { query: `{ ${page(100, versions(100))} }` },
    10_100,
  ],
  [
    'references',
    1000,
    { query: ENTITIES, variables: { all: references(1000) } },
    { query: ENTITIES, variables: { all: references(1001) } },
  ],
  [
    'upstream calls',
    250,
    { query: READS, variables: readsOf(250) },
    { query: READS.replace('{', '{ model(id: "x") { name } '), variables: readsOf(250) },
  ],
];

function expectRefused(app: TestApp, answer: GraphqlAnswer, limit: number, measured: number): void {
  expect(answer.status).toBe(400);
  expect(answer.data).toBeUndefined();
  expect(answer.errors).toEqual([
    {
      message: expect.stringContaining(`${limit} are allowed`),
      extensions: { code: 'QUERY_TOO_COMPLEX', limit, measured },
    },
  ]);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(app.sandbox.requests).toEqual([]);
}

describe('by default', () => {
  test.each(CASES)('%s: %d are allowed and no more', async (_, limit, within, over, measured) => {
    await using app = await withApp();
    const refused = await app.query(over.query, over.variables);
    if (!refused.errors[0]?.message.includes('calls')) {
      expectRefused(app, refused, limit, measured ?? limit + 1);
    } else {
      expect(refused.errors[0].extensions).toEqual({
        code: 'QUERY_TOO_COMPLEX',
        limit,
        measured: limit + 1,
      });
      expect([refused.status, app.sandbox.requests]).toEqual([400, []]);
    }
    // Explained, so that requests within the limit make no calls either.
    const allowed = await app.query(within.query, within.variables, {
      'x-upstream-explain': 'true',
    });
    expect(allowed.errors.map(({ extensions }) => extensions.code)).toEqual(['EXPLAINED']);
  });

  test('an operation at every bound runs, too', async () => {
    await using app = await withApp();
    for (const query of [levels(15), fields(102), introspectionLevels(20), tokens(10_000)]) {
      const { status, errors } = await app.query(query);
      expect([status, errors]).toEqual([200, []]);
    }
  });
});

describe('each limit is a setting', () => {
  test.each<[string, string]>([
    ['LIMIT_TOKENS', `{ ${MODEL} { id name } }`],
    ['LIMIT_DEPTH', levels(10)],
    ['LIMIT_ALIASES', `{ ${times(10, (n) => `a${n}: __typename`)} }`],
    ['LIMIT_ROOT_FIELDS', `{ ${'__typename '.repeat(10)} }`],
    ['LIMIT_DIRECTIVES', `{ ${'__typename @skip(if: false) '.repeat(10)} }`],
    ['LIMIT_FIELDS', `{ ${MODEL} { id name provider domain task origin } }`],
    ['LIMIT_REPEATS', `{ ${MODEL} { ${'id '.repeat(10)} } }`],
    ['LIMIT_IDS', '{ nodes(ids: ["a", "b", "c", "d", "e", "f"]) { id } }'],
    ['LIMIT_ROWS', '{ models(first: 10) { nodes { id } } }'],
    [
      'LIMIT_REPRESENTATIONS',
      `{ _entities(representations: [${times(10, () => '{ __typename: "Model", id: "a" }')}]) { __typename } }`,
    ],
  ])('%s', async (name, query) => {
    await using app = await withApp({ env: { [name]: '5' } });
    const { status, errors } = await app.query(query);
    expect([status, errors[0]?.extensions]).toEqual([
      400,
      { code: 'QUERY_TOO_COMPLEX', limit: 5, measured: expect.any(Number) },
    ]);
    expect(app.sandbox.requests).toEqual([]);
    const { data } = await app.query('{ a: __typename }');
    expect(data).toEqual({ a: 'Query' });
  });

  test('LIMIT_BODY_KB', async () => {
    await using app = await withApp({ env: { LIMIT_BODY_KB: '1' } });
    const { status, errors } = await postGraphql(app.url, { query: ' '.repeat(1100) });
    expect([status, errors[0]?.extensions]).toEqual([
      413,
      { code: 'BAD_REQUEST', limit: 1024, measured: 1112 },
    ]);
  });

  test('OPERATIONS_PER_SECOND, for each address', async () => {
    await using app = await withApp({ env: { OPERATIONS_PER_SECOND: '3' } });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app.query(`{ ${MODEL} { name } }`)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const { errors, headers } of refused) {
      const { code, limit, measured, retryAfterMs } = errors[0]?.extensions ?? {};
      expect([code, limit]).toEqual(['RATE_LIMITED', 3]);
      expect(measured).toBeGreaterThan(3);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(headers.get('retry-after')).toBe('1');
    }
    expect(app.sandbox.requests.length).toBeLessThan(20);
  });
});

describe('bombs', () => {
  test.each<[string, string]>([
    ['aliases of one expensive field', `{ ${times(1000, model)} }`],
    ['a field a thousand times', `{ ${MODEL} { ${'name '.repeat(4000)} } }`],
    [
      'a field with fields a thousand times, which validation compares pair by pair',
      `{ ${MODEL} { ${'latestVersion { model { id } } '.repeat(1200)} } }`,
    ],
    [
      'the same within',
      `{ ${MODEL} { ${`latestVersion { ${'modelId '.repeat(97)} }`.repeat(50)} } }`,
    ],
    [
      'the same in a fragment that nothing spreads',
      `{ __typename } fragment F on Model { ${'latestVersion { model { id } } '.repeat(1200)} }`,
    ],
    [
      'the same in the operation that is not asked for',
      `query A { __typename } query B { ${MODEL} { ${'latestVersion { id } '.repeat(1200)} } }`,
    ],
    ['directives without end', `{ __typename ${'@a '.repeat(3000)} }`],
    ['directives of variables', `query (${times(60, (n) => `$v${n}: ID @a`)}) { __typename }`],
    ['fragments that double', bomb(60, 2)],
    ['fragments that multiply past all numbers', bomb(600, 5)],
    ['a chain of fragments through fields', levels(2000)],
    [
      'a chain of fragments through nothing',
      `{ ...F0 } ${times(1200, (n) => `fragment F${n} on Query { ...F${n + 1} }`)} fragment F1200 on Query { __typename }`,
    ],
    ['lists in lists, too deep to parse', `{ model(id: ${'['.repeat(9900)}`],
    ['types in types, too deep to parse', `query ($a: ${'['.repeat(9900)}ID) { __typename }`],
    ['inline fragments in inline fragments', `{ ${'... { '.repeat(4900)} }`],
  ])('%s', async (_, query) => {
    await using app = await withApp();
    const { status, errors } = await app.query(query);
    expect([status, errors[0]?.extensions]).toEqual([
      400,
      { code: 'QUERY_TOO_COMPLEX', limit: expect.any(Number), measured: expect.any(Number) },
    ]);
    expect(app.sandbox.requests).toEqual([]);
  });

  test.each<[string, string]>([
    ['itself', `{ ${MODEL} { ...A } } fragment A on Model { id ...A }`],
    [
      'itself through another',
      `{ ${MODEL} { ...A } } fragment A on Model { ...B } fragment B on Model { ...A }`,
    ],
    [
      'itself through a field',
      `{ ${MODEL} { ...A } } fragment A on Model { latestVersion { model { ...A } } }`,
    ],
    [
      'itself twice through fields',
      `{ ${MODEL} { ...A } } fragment A on Model { x: latestVersion { model { ...A } } y: latestVersion { model { ...A } } }`,
    ],
    ['itself though nothing spreads it', '{ __typename } fragment A on Model { id ...A }'],
  ])('a fragment that spreads %s is refused', async (_, query) => {
    await using app = await withApp();
    const { status, errors } = await app.query(query);
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBeOneOf([
      'GRAPHQL_VALIDATION_FAILED',
      'QUERY_TOO_COMPLEX',
    ]);
    expect(app.sandbox.requests).toEqual([]);
  });

  // Near the end of the stack, a document that passes the measuring must not fail in a later step.
  test('no depth of nesting in between is answered with 500', async () => {
    await using app = await withApp();
    const nested = (depth: number) => [
      `{ model(id: ${'['.repeat(depth)}${']'.repeat(depth)}) { id } }`,
      `{ ${'... { '.repeat(depth)} __typename ${'} '.repeat(depth)} }`,
      `query ($a: ${'['.repeat(depth)}ID${']'.repeat(depth)}) { __typename }`,
      `{ _entities(representations: { a: ${'{ a: '.repeat(depth / 2)} 1 ${'}'.repeat(depth / 2)} }) { __typename } }`,
    ];
    for (let depth = 100; depth < 5000; depth += 350) {
      for (const query of nested(depth)) {
        const { status, errors } = await app.query(query);
        expect([depth, query.slice(0, 20), status]).toEqual([
          depth,
          query.slice(0, 20),
          expect.toBeOneOf([200, 400]),
        ]);
        expect(errors[0]?.extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
      }
    }
    expect(app.events.filter(({ type }) => type === 'unexpected')).toEqual([]);
  });

  test('a million references in 49 aliases are counted up to the limit, not priced', async () => {
    await using app = await withApp();
    const query = `query ($all: [_Any!]!) { ${times(49, (n) => `e${n}: _entities(representations: $all) { ... on Model { name } }`)} }`;
    const { status, errors } = await app.query(query, { all: references(20_000) });
    expect([status, errors[0]?.extensions]).toEqual([
      400,
      { code: 'QUERY_TOO_COMPLEX', limit: 1000, measured: 20_000 },
    ]);
  });

  test('a thousand objects that are selected again and again are counted up to a limit', async () => {
    await using app = await withApp();
    const pair = (below: string) => `latestVersion { model { ${below} } }`;
    const below = pair(pair(pair(pair(pair('id')))));
    const query = `query ($all: [_Any!]!) { _entities(representations: $all) {
      ... on Model { ${times(45, (n) => `v${n}: ${below}`)} }
    } }`;
    for (const headers of [{}, { 'x-upstream-explain': 'true' }]) {
      const { status, errors } = await app.query(query, { all: references(1000) }, headers);
      expect([status, errors[0]?.extensions]).toEqual([
        400,
        { code: 'QUERY_TOO_COMPLEX', limit: 10_000, measured: expect.any(Number) },
      ]);
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  test('a batch of any size is refused', async () => {
    await using app = await withApp();
    for (const size of [0, 1, 2, 1000]) {
      const batch = Array.from({ length: size }, () => ({ query: `{ ${MODEL} { name } }` }));
      const { status, errors } = await postGraphql(app.url, batch);
      expect([size, status, errors[0]?.extensions.code]).toEqual([size, 400, 'BAD_REQUEST']);
    }
    expect(app.sandbox.requests).toEqual([]);
  });
});

test.each([
  ['plain', {}],
  [
    'with all it can ask',
    {
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    },
  ],
])('the introspection query of graphql-js passes, %s', async (_, options) => {
  await using app = await withApp();
  const { status, errors, data } = await app.query(getIntrospectionQuery(options));
  expect([status, errors]).toEqual([200, []]);
  expect(data.__schema.queryType.name).toBe('Query');
});

// It passes validation where the schema has no such type, and failed as a defect of ours.
test.each([
  'mutation { a }',
  'subscription { a }',
  'mutation A { ...F } fragment F on Query { __typename }',
])('%s is the caller’s mistake', async (query) => {
  await using app = await withApp();
  const { status, errors } = await app.query(query);
  expect(status).toBe(400);
  expect(errors[0]?.extensions.code).toBeOneOf(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']);
});
