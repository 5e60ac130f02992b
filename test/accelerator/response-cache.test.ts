import { expect, test } from 'vitest';
import { createResponseCache } from '../../src/accelerator/response-cache.js';
import { NOT_STORED } from '../../src/cache/entry.js';
import { createMemoryStore } from '../../src/cache/memory-store.js';
import { createUsage } from '../../src/domain/call.js';
import { anEntry, aType } from '../cache/a-type.js';
import { heapAfterCollection } from '../support/heap.js';

const MB = 1024 * 1024;

const responseOf = (text: string) => ({
  body: Buffer.from(text),
  headers: {},
  usage: createUsage(),
  operationName: null,
});

const HIT = { name: 'a', version: 1, freshUntil: 1 };

function open(over: Partial<Parameters<typeof createResponseCache>[0]> = {}) {
  return createResponseCache({ maxBytes: 32 * MB, isCurrent: () => true, now: () => 0, ...over });
}

test('a response is there while all cache entries that it was made from are current and fresh', () => {
  let now = 0;
  const versions = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const isCurrent = (name: string, version: number) => versions.get(name) === version;
  const cache = open({ isCurrent, now: () => now });
  const fill = () =>
    cache.set('key', responseOf('{}'), [
      { name: 'a', version: 1, freshUntil: 9000 },
      { name: 'b', version: 2, freshUntil: 5000 },
    ]);
  fill();
  now = 1500;
  expect(cache.get('key')?.maxAgeSeconds).toBe(3);
  expect(cache.get('other')).toBeNull();
  now = 5000;
  expect(cache.get('key')).toBeNull();
  now = 0;
  // A response that was once invalid does not come back.
  expect(cache.get('key')).toBeNull();
  fill();
  versions.set('b', 3);
  expect(cache.get('key')).toBeNull();
});

test('a response made from an entry that was not kept is not served', () => {
  const tier = createMemoryStore({ maxBytes: MB, keepForMs: () => 60_000 });
  const cache = open({ isCurrent: tier.isCurrent });
  cache.set('key', responseOf('{}'), [{ ...NOT_STORED, freshUntil: 1 }]);
  expect(cache.get('key')).toBeNull();
});

test('a response made from no entry, or larger than a megabyte, is not kept', () => {
  const cache = open();
  cache.set('nothing', responseOf('{}'), []);
  expect(cache.get('nothing')).toBeNull();
  cache.set('large', responseOf('x'.repeat(MB + 1)), [HIT]);
  expect(cache.get('large')).toBeNull();
});

test('the cache is bounded, and evicts the response that was used longest ago', () => {
  const cache = open();
  for (let index = 0; index < 40; index += 1) {
    cache.set(`${index}`, responseOf('x'.repeat(MB - 2000)), [HIT]);
  }
  expect(cache.get('0')).toBeNull();
  expect(cache.get('39')).not.toBeNull();
});

test('the cache notes any number of dependencies, and counts them', () => {
  const cache = open({ maxBytes: MB });
  const parts = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...HIT, name: `model/1:${index}` }));
  cache.set('many', responseOf('{}'), parts(10_000));
  expect(cache.get('many')).not.toBeNull();
  cache.set('more', responseOf('{}'), parts(200_000));
  expect(cache.get('more')).toBeNull();
});

test('a response holds no entry that has left its cache', () => {
  const tier = createMemoryStore({ maxBytes: MB, keepForMs: () => 60_000 });
  const cache = open({ isCurrent: tier.isCurrent });
  const kind = aType();
  const before = heapAfterCollection();
  for (let index = 0; index < 200; index += 1) {
    const key = `k${index}`;
    const parts = Array.from({ length: 2000 }, (_, part) => `part ${part} of ${index}`);
    const entry = { ...anEntry(key), value: { name: key, parts } };
    tier.set(kind, key, entry);
    cache.set(key, responseOf('{}'), [
      { ...tier.versionOf(`thing/1:${key}`, entry), freshUntil: 1 },
    ]);
  }
  // The values alone take 20 MB.
  expect(heapAfterCollection() - before).toBeLessThan(4 * MB);
  expect([cache.get('k0'), cache.get('k199')]).toEqual([null, expect.anything()]);
});
