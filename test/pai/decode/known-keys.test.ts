// Each key that is not documented counts, in any order of the keys.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fields } from '../../../src/pai/decode/fields.js';

test('each key that is neither read nor named is reported once, without the key', () => {
  const key = fc.constantFrom('A', 'B', 'C', 'D', 'a', 'E', 'constructor', '__proto__', '0', '');
  const object = fc
    .uniqueArray(key)
    .map((keys) => Object.fromEntries(keys.map((name, index) => [name, index])));
  fc.assert(
    fc.property(object, (wire) => {
      const drift: string[] = [];
      const fields = new Fields(wire, 'Path.', (field, kind) => drift.push(`${field} ${kind}`));
      for (const name of ['A', 'B', 'C']) fields.float(name);
      fields.reportUnknownKeys('D');
      const others = Object.keys(wire).filter((name) => !['A', 'B', 'C', 'D'].includes(name));
      expect(drift).toEqual(others.map(() => 'Path.* unknown_key'));
    }),
  );
});
