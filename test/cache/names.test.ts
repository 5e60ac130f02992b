import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNames } from '../../src/cache/names.js';

test('a name is its prefix and its key, asked for once or again, within its bound and beyond', () => {
  const join = createNames(50);
  const part = fc.string({ maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(part, part)), (asked) => {
      for (const [prefix, key] of [...asked, ...asked]) {
        expect(join(prefix, key)).toBe(`${prefix}:${key}`);
      }
    }),
  );
});
