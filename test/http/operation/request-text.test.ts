import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRequestTexts } from '../../../src/http/operation/request-text.js';

const MAX_BYTES = 14 * 1024 * 1024;

/** Often enough that it is kept, if it ever is. */
const OFTEN = 20;

describe('the text of a request', () => {
  test('is the text of the bytes, after any earlier requests', () => {
    // Few letters, so that many are alike in length and in what is looked at first.
    const alike = fc.stringMatching(/^[abé]{0,40}$/);
    const bodies = fc.array(fc.oneof(alike, fc.string({ unit: 'grapheme' })), { maxLength: 60 });
    fc.assert(
      fc.property(bodies, bodies, (some, others) => {
        const textOf = createRequestTexts(MAX_BYTES);
        for (const text of [...some, ...others, ...some]) {
          const known = textOf(Buffer.from(text));
          expect(known.text).toBe(text.replace(/^\uFEFF/, ''));
          expect(known.under('a', 'b')).toBe(`a b ${known.text}`);
        }
      }),
    );
  });

  test('comes again as the same object, until another takes its place', () => {
    const textOf = createRequestTexts(MAX_BYTES);
    const body = () => Buffer.from('{"query":"{ a }"}');
    const before = Array.from({ length: OFTEN }, () => textOf(body())).at(-1);
    expect(textOf(body())).toBe(before);
    expect(before?.under('POST')).toBe('POST {"query":"{ a }"}');
  });

  test.each([7, 8, 9, 16])('is known again also as each %sth of others', (period) => {
    const textOf = createRequestTexts(MAX_BYTES);
    const seen = new Set<unknown>();
    for (let count = 0; count < 100 * period; count += 1) {
      const isHot = count % period === 0;
      const text = textOf(Buffer.from(isHot ? '{"query":"{ a }"}' : `{"query":"{ b${count} }"}`));
      if (isHot) seen.add(text);
    }
    expect(seen.size).toBeLessThan(50);
  });

  test('has a name under each prefix, of however many', () => {
    const textOf = createRequestTexts(MAX_BYTES);
    for (let count = 0; count < OFTEN; count += 1) {
      const text = textOf(Buffer.from('text'));
      for (let of = 0; of < OFTEN; of += 1) {
        const parts = Array.from({ length: of % 3 }, (_, index) => `${(of % 7) + index}`);
        expect(text.under(...parts)).toBe([...parts, 'text'].join(' '));
      }
    }
  });

  test('does not change with the bytes that it was made of', () => {
    const textOf = createRequestTexts(MAX_BYTES);
    const bytes = Buffer.from('before');
    for (let count = 0; count < OFTEN; count += 1) textOf(bytes);
    bytes.write('behind');
    expect(textOf(bytes).text).toBe('behind');
    expect(textOf(Buffer.from('before')).text).toBe('before');
  });

  test('is kept within the bound: beyond it all are forgotten', () => {
    const textOf = createRequestTexts(100_000);
    const known = (text: string) => {
      const seen = Array.from({ length: OFTEN }, () => textOf(Buffer.from(text)));
      return seen.at(-1);
    };
    const first = known(`a${'a'.repeat(4000)}`);
    expect(textOf(Buffer.from(`a${'a'.repeat(4000)}`))).toBe(first);
    known(`bb${'b'.repeat(4000)}`);
    known(`ccc${'c'.repeat(4000)}`);
    expect(textOf(Buffer.from(`a${'a'.repeat(4000)}`))).not.toBe(first);
  });

  test('is missing where the bytes are not UTF-8, each time', () => {
    const textOf = createRequestTexts(MAX_BYTES);
    for (let count = 0; count < OFTEN; count += 1) {
      expect(() => textOf(Buffer.from([0x22, 0xff, 0x22]))).toThrow('The body is not valid JSON.');
    }
  });
});
