// How deep JSON is nested, which must not depend on what its keys are called.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Json } from '../../../src/domain/model.js';
import { isDeeperThan } from '../../../src/pai/decode/depth.js';

const { value: values } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<Json[]>(null, 0.5, '', 'text', true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', '0', '__proto__', 'constructor'), tie('value')),
  ),
}));

function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

it('JSON is deeper than a number when its deepest part is', () => {
  fc.assert(
    fc.property(values, fc.nat(6), (value, depth) => {
      const parsed: Json = JSON.parse(JSON.stringify(value));
      expect(isDeeperThan(parsed, depth)).toBe(depthOf(parsed) > depth);
    }),
    { numRuns: 500 },
  );
});
