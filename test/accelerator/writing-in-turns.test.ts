import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { compileOperation } from '../../src/accelerator/compile-operation.js';
import type { Context } from '../../src/graphql/context.js';
import { ResponseSize } from '../../src/graphql/limits/response-size.js';
import { createTurns, type Turns } from '../../src/graphql/turns.js';

const schema = buildSchema('type Query { nodes: [Item]! } type Item { n: Int, of: [Int!] }');

/** Items that are there, that come late, and that are nothing. */
const ITEMS = Array.from({ length: 100 }, (_, n) => {
  const item = { n, of: Array.from({ length: n % 40 }, (_, index) => index) };
  if (n % 7 === 0) return null;
  return n % 3 === 0 ? Promise.resolve(item) : item;
});

/** Time stands still. */
const endless = () => createTurns(() => 0);

/** In each turn, the first check of the clock finds time left, and the second finds it over. */
function shortest(): Turns {
  let time = 0;
  return createTurns(() => (time += 3));
}

async function written(items: readonly unknown[], turns: Turns): Promise<string> {
  const document = parse('{ nodes { n of } }');
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('No operation.');
  const resolvers = new Map([['Query.nodes', () => items]]);
  const { write } = compileOperation(schema, resolvers, document, operation, {});
  const size = new ResponseSize(1_000_000, { hold: () => true });
  const context = { call: { signal: new AbortController().signal }, size } as unknown as Context;
  return write(undefined, { context, variables: {}, turns, bailOut: null });
}

test('an answer that is written in turns equals the one that is written at once', async () => {
  const there = ITEMS.filter((item) => !(item instanceof Promise));
  for (const items of [ITEMS, there, there.slice(0, 15), []]) {
    const atOnce = await written(items, endless());
    expect(await written(items, shortest())).toBe(atOnce);
    expect(JSON.parse(atOnce)).toEqual({ nodes: await Promise.all(items) });
  }
});

test('a failure before its turn is handled', async () => {
  const unheard: unknown[] = [];
  const note = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', note);
  const fails = async () => Promise.reject(new Error('It failed.'));
  const late = async () => {
    await new Promise(setImmediate);
    throw new Error('It failed late.');
  };
  const items = [...Array(100).fill({ n: 1, of: [] }), fails(), late(), fails()];
  const atEnd = items.map((item) => (item instanceof Promise ? null : item));
  expect(JSON.parse(await written(items, shortest()))).toEqual({ nodes: atEnd });
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unheard).toEqual([]);
});

test('other work has its turn while a long list is written', async () => {
  const order: string[] = [];
  const there = ITEMS.filter((item) => !(item instanceof Promise));
  setImmediate(() => order.push('another'));
  await written(there, shortest()).then(() => order.push('written'));
  expect(order).toEqual(['another', 'written']);
});

/** How often the event loop had come round when each of the answers was written. */
async function roundsOf(answers: readonly (readonly unknown[])[]): Promise<number[]> {
  let rounds = 0;
  let isOver = false;
  const count = () => {
    rounds += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const turns = shortest();
  const ends = await Promise.all(answers.map((items) => written(items, turns).then(() => rounds)));
  isOver = true;
  return ends;
}

const flat = Array.from({ length: 20 }, (_, n) => ({ n, of: [] }));

test('of many answers that are written at once, one goes on in each round of the event loop', async () => {
  expect(await roundsOf([flat, flat, flat, flat, flat])).toEqual([0, 1, 2, 3, 4]);
});

test('an answer of many lists has one turn before the next has its own', async () => {
  const nested = Array.from({ length: 15 }, (_, n) => ({ n, of: flat.map((item) => item.n) }));
  const [long = 0, short = 0] = await roundsOf([nested, flat]);
  expect(long).toBeGreaterThan(10);
  expect(short).toBe(2);
});
