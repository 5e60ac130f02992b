// Each key that is not documented counts, after any earlier objects and in any order of their keys.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownKeys } from '../../../src/pai/decode/known-keys.js';

test('counts just the keys that are not documented, in any order and one object after another', () => {
  const documented = ['A', 'B', 'C', 'D'];
  const key = fc.constantFrom(...documented, 'a', 'E', 'constructor', '0', '');
  const object = fc
    .uniqueArray(key)
    .map((keys) => Object.fromEntries(keys.map((name, index) => [name, index])));
  fc.assert(
    fc.property(fc.array(object, { maxLength: 5 }), (objects) => {
      const known = new KnownKeys('A B\n  C D');
      for (const wire of objects) {
        const drift: string[] = [];
        known.reportOthers(wire, 'Path.', (field, kind) => drift.push(`${field} ${kind}`));
        const others = Object.keys(wire).filter((name) => !documented.includes(name));
        expect(drift).toEqual(others.map(() => 'Path.* unknown_key'));
      }
    }),
  );
});
