import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import type { Context } from '../../../src/graphql/context.js';
import { compileOperation } from '../../../src/graphql/prepared/compile-operation.js';
import { createTextMemory } from '../../../src/graphql/prepared/text-memory.js';
import { createTurns, type Turns } from '../../../src/graphql/prepared/turn.js';

const schema = buildSchema('type Query { items: [Item]! } type Item { n: Int, of: [Int!] }');

/** Items that are there, that come late, and that are nothing. */
const ITEMS = Array.from({ length: 100 }, (_, n) => {
  const item = { n, of: Array.from({ length: n % 40 }, (_, index) => index) };
  if (n % 7 === 0) return null;
  return n % 3 === 0 ? Promise.resolve(item) : item;
});

/** Time stands still. */
const endless = () => createTurns(() => 0);

/** Each look at the clock finds the turn over. */
function shortest(): Turns {
  let looks = 0;
  return createTurns(() => (looks += 1000));
}

async function written(items: readonly unknown[], turns: Turns): Promise<string> {
  const document = parse('{ items { n of } }');
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('No operation.');
  const resolvers = new Map([['Query.items', () => items]]);
  const { write } = compileOperation({ schema, resolvers }, document, operation, {});
  const parts = {
    context: {} as Context,
    variables: {},
    texts: createTextMemory(1_000_000),
    infos: [],
  };
  return write(undefined, { ...parts, turns, isUnusual: false, isWithin: false });
}

test('an answer that is written in turns is the one that is written at once', async () => {
  const there = ITEMS.filter((item) => !(item instanceof Promise));
  for (const items of [ITEMS, there, there.slice(0, 15), []]) {
    const atOnce = await written(items, endless());
    expect(await written(items, shortest())).toBe(atOnce);
    expect(JSON.parse(atOnce)).toEqual({ items: await Promise.all(items) });
  }
});

test('others have their turn while a long list is written', async () => {
  const order: string[] = [];
  const there = ITEMS.filter((item) => !(item instanceof Promise));
  setImmediate(() => order.push('another'));
  await written(there, shortest()).then(() => order.push('written'));
  expect(order).toEqual(['another', 'written']);
});

test('of many that are written at once one goes on each time that the event loop comes round', async () => {
  let rounds = 0;
  let isOver = false;
  const count = () => {
    rounds += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const flat = Array.from({ length: 20 }, (_, n) => ({ n, of: [] }));
  const turns = shortest();
  const ends = Array.from({ length: 5 }, () => written(flat, turns).then(() => rounds));
  expect(await Promise.all(ends)).toEqual([1, 2, 3, 4, 5]);
  isOver = true;
});
