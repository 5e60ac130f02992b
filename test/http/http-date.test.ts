import fc from 'fast-check';
import { expect, test } from 'vitest';
import { httpDate } from '../../src/http/http-date.js';

test('the date is that of the given time, after any earlier calls', () => {
  const seconds = fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 1 });
  fc.assert(
    fc.property(seconds, (times) => {
      for (const time of times) expect(httpDate(time)).toBe(new Date(time).toUTCString());
    }),
  );
});
