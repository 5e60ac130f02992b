import { buildSchema, type GraphQLFieldResolver, parse } from 'graphql';
import { expect, test, vi } from 'vitest';
import { CompiledOperations } from '../../src/accelerator/compiled-operations.js';
import { resolversOf, SAFE_RESOLVERS } from '../../src/accelerator/safe-resolvers.js';
import { createUsage } from '../../src/domain/call.js';
import type { Context } from '../../src/graphql/context.js';
import { ResponseSize } from '../../src/graphql/limits/response-size.js';
import { Pricing } from '../../src/graphql/pricing/pricing.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createTurns } from '../../src/graphql/turns.js';

const MB = 1024 * 1024;
/** More often than a document has to come back before it is compiled. */
const OFTEN = 8;

const SDL = `
  type Query { model(id: ID): Model other: Int }
  type Mutation { model: Int }
  type Model { id: ID name: String labels: [String] parent: Model }
`;

function contextOf(): Context {
  const call = {
    usage: createUsage(),
    selections: { count: 3 },
    signal: new AbortController().signal,
    deadlineAt: 1000,
    caller: { view: { kind: 'all' } },
  };
  const size = new ResponseSize(MB, { hold: () => true });
  const estimates = { leastWaitMs: () => 0 };
  const pageCaps = { of: () => 100 };
  return { call, size, estimates, pageCaps, now: () => 0 } as unknown as Context;
}

/** `model`: the resolver of Query.model. */
function open(model: GraphQLFieldResolver<unknown, unknown> = () => ({}), maxBytes = 48 * MB) {
  const schema = buildSchema(SDL);
  for (const name of ['model', 'other']) {
    const field = schema.getQueryType()?.getFields()[name];
    if (field) field.resolve = model;
  }
  const limits = { ids: 100, rows: 100, representations: 100 } as never;
  const options = { limits, callsPerOperation: 10, isListBatching: false, isExplainOn: true };
  const pricing = new Pricing(schema, options);
  const operations = new CompiledOperations({ schema, pricing, turns: createTurns(), maxBytes });
  return {
    async ask(document: string, sent: { name?: string; variables?: Record<string, unknown> } = {}) {
      const request = {
        document,
        operationName: sent.name,
        variables: sent.variables ?? {},
        mediaType: 'application/json' as const,
      };
      const outcome = await operations.run(request, contextOf());
      if (outcome.kind === 'answered') return outcome.data;
      operations.note(request, parse(document), 'application/json');
      return null;
    },
  };
}

type Asked = ReturnType<typeof open>['ask'];

async function askOften(ask: Asked, ...rest: Parameters<Asked>) {
  let last: string | null = null;
  for (let time = 0; time < OFTEN; time += 1) last = await ask(...rest);
  return last;
}

test('only a document that comes back often is compiled', async () => {
  const { ask } = open(() => ({ id: '1', name: 'é' }));
  expect(await ask('{ model { id name } }')).toBeNull();
  expect(await ask('{ model { id name } }')).toBeNull();
  expect(await askOften(ask, '{ model { id name } }')).toBe('{"model":{"id":"1","name":"é"}}');
});

test('native promises are awaited', async () => {
  const { ask } = open(async () => ({ labels: [Promise.resolve('a'), 'b'] }));
  expect(await askOften(ask, '{ model { labels } }')).toBe('{"model":{"labels":["a","b"]}}');
});

test('a mutation is never compiled: a GET may not ask for one', async () => {
  const { ask } = open();
  const document = 'query Q { model { __typename } } mutation M { model }';
  expect(await askOften(ask, document, { name: 'M' })).toBeNull();
  expect(await askOften(ask, document, { name: 'Q' })).toBe('{"model":{"__typename":"Model"}}');
});

const thenable = () => Object.fromEntries([['then', (done: () => void) => done()]]);

test.each<[string, () => unknown]>([
  ['a thenable', thenable],
  ['a property that is a function', () => ({ id: () => '1' })],
  ['a property that is a thenable', () => ({ id: thenable() })],
])('an operation that meets %s is left to Apollo, and not tried again', async (_, resolve) => {
  const model = vi.fn(resolve);
  const { ask } = open(model);
  expect(await askOften(ask, '{ model { id } }')).toBeNull();
  expect(model).toHaveBeenCalledTimes(1);
});

test('an operation that fails is left to Apollo, and tried again', async () => {
  const model = vi.fn((): unknown => Promise.reject(new Error('It failed.')));
  const { ask } = open(model);
  expect(await askOften(ask, '{ model { id } }')).toBeNull();
  expect(model.mock.calls.length).toBeGreaterThan(1);
  model.mockImplementation(() => ({ id: '1' }));
  expect(await ask('{ model { id } }')).toBe('{"model":{"id":"1"}}');
});

test('an operation with a resolver that is not declared safe is never compiled', async () => {
  const other = vi.fn(() => 1);
  const { ask } = open(other);
  expect(await askOften(ask, '{ other }')).toBeNull();
  expect(other).not.toHaveBeenCalled();
});

test('of the resolvers of the schema, only that of the SDL is not declared safe', () => {
  const coordinates = [...resolversOf(createSchema({ relayNode: true })).keys()];
  const unsafe = coordinates.filter((coordinate) => !SAFE_RESOLVERS.has(coordinate));
  expect(unsafe.filter((coordinate) => !coordinate.startsWith('__'))).toEqual(['Query._service']);
});

test.each([
  ['introspection', '{ __schema { queryType { name } } }'],
  ['a document that fragments make too large', largeDocument()],
])('%s is never compiled', async (_, document) => {
  expect(await askOften(open().ask, document)).toBeNull();
});

function largeDocument(): string {
  const fragments = Array.from(
    { length: 11 },
    (_, n) => `fragment F${n} on Model { a: parent { ...F${n + 1} } b: parent { ...F${n + 1} } }`,
  );
  return `{ model { ...F0 } } ${fragments.join(' ')} fragment F11 on Model { id }`;
}

test('compiled operations are bounded: the one used longest ago is evicted', async () => {
  const { ask } = open(() => ({ id: '1' }), 4 * MB);
  expect(await askOften(ask, '{ model { id } }')).not.toBeNull();
  const aliases = Array.from({ length: 900 }, (_, n) => `a${n}: id`).join(' ');
  for (let index = 0; index < 10; index += 1) {
    await askOften(ask, `{ b${index}: model { ${aliases} } }`);
  }
  expect(await ask(`{ b9: model { ${aliases} } }`)).not.toBeNull();
  expect(await ask('{ model { id } }')).toBeNull();
});

test('a compiled operation for each choice of @skip counts towards the bound', async () => {
  const { ask } = open(() => ({ id: '1' }), MB);
  const switches = Array.from({ length: 12 }, (_, n) => `$s${n}: Boolean!`).join(' ');
  const fields = Array.from({ length: 12 }, (_, n) => `a${n}: id @skip(if: $s${n})`).join(' ');
  const document = `query (${switches}) { model { id ${fields} } }`;
  const choice = (of: number) =>
    Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`s${n}`, (of & (1 << n)) !== 0]));
  await askOften(ask, document, { variables: choice(0) });
  const answers: (string | null)[] = [];
  for (let of = 0; of < 400; of += 1) answers.push(await ask(document, { variables: choice(of) }));
  // Beyond its bound the document is forgotten with all that was compiled of it.
  expect(answers).toContain(null);
});
