import { expect, test } from 'vitest';
import { measuredLru } from '../../src/lib/measured-lru.js';

test('a measured cache knows its bytes, its entries, and those that it dropped for lack of room', () => {
  const dropped: string[] = [];
  const { entries, use } = measuredLru<string>({
    maxSize: 10,
    sizeCalculation: (text) => text.length,
    dispose: (text) => void dropped.push(text),
  });
  expect(use()).toEqual({ bytes: 0, entries: 0, evictions: 0 });
  entries.set('a', '1234');
  entries.set('b', '1234');
  expect(use()).toEqual({ bytes: 8, entries: 2, evictions: 0 });
  // A replacement and a removal are no evictions.
  entries.set('b', '12');
  entries.delete('a');
  expect(use()).toEqual({ bytes: 2, entries: 1, evictions: 0 });
  entries.set('c', '1234567890');
  expect(use()).toEqual({ bytes: 10, entries: 1, evictions: 1 });
  expect(dropped).toEqual(['1234', '1234', '12']);
});
