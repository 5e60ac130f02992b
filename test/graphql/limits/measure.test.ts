import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import {
  createDocumentCheck,
  measureDocument,
  mostRepeats,
} from '../../../src/graphql/limits/document-check.js';
import { refuseLarger } from '../../../src/graphql/limits/limits.js';
import { documents, measureNaively } from './naive.js';

const measure = (text: string) => measureDocument(parse(text));

describe('measureDocument', () => {
  test('counts any document as if each fragment was written out', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const { depth: _d, introspectionDepth: _i, ...counted } = measureDocument(document);
        const { depth: _nd, introspectionDepth: _ni, ...naive } = measureNaively(document);
        expect(counted).toEqual(naive);
      }),
      { numRuns: 300 },
    );
  });

  test('counts levels to the deepest leaf, through fragments', () => {
    expect(measure('{ a { b { c } } d }').depth).toBe(3);
    expect(
      measure('{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c }').depth,
    ).toBe(3);
    expect(measure('{ ... { ... { a } } }').depth).toBe(1);
  });

  test('counts introspection apart', () => {
    expect(measure('{ __schema { types { name } } a { b } }')).toMatchObject({
      ...{ depth: 2, introspectionDepth: 3 },
    });
    expect(measure('{ __schema { __type { __schema { a } } } }').introspectionDepth).toBe(4);
    expect(measure('{ ...F } fragment F on Query { __type(name: "A") { name } }')).toMatchObject({
      ...{ depth: 0, introspectionDepth: 2 },
    });
  });

  test('takes the largest of its operations and of its fragments', () => {
    expect(measure('query A { a } query B { x: a y: a }').aliases).toBe(2);
    expect(measure('{ a } fragment F on T { x: a y: a z: a }').aliases).toBe(3);
  });

  test('stays a number of JSON where fragments multiply past all numbers', () => {
    const chain = Array.from(
      { length: 500 },
      (_, n) => `fragment F${n} on T { ${`...F${n + 1} `.repeat(5)}}`,
    );
    const { fields } = measure(`{ ...F0 } ${chain.join(' ')} fragment F500 on T { a }`);
    expect(fields).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('ends for fragments in a circle', () => {
    expect(measure('{ ...A } fragment A on T { a ...B } fragment B on T { b ...A }').fields).toBe(
      3,
    );
  });
});

describe('mostRepeats', () => {
  const repeats = (text: string) => mostRepeats(parse(text), 1000);

  test('counts the fields that are merged into one, by their name in the answer', () => {
    expect(repeats('{ a a b }')).toBe(2);
    expect(repeats('{ x: a x: b a }')).toBe(2);
    expect(repeats('{ a { b } a { b b } }')).toBe(3);
    expect(repeats('{ a { b } c { b } }')).toBe(1);
    expect(repeats('{ ... on A { a } ... on B { a } }')).toBe(2);
  });

  test('counts a fragment once at one place, also one that is never spread', () => {
    expect(repeats('{ a ...F ...F ...G } fragment F on T { a } fragment G on T { ...F }')).toBe(2);
    expect(repeats('{ a } fragment F on T { b b b }')).toBe(3);
  });

  test('is never more than all fields, for any document', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const most = mostRepeats(document, Number.MAX_SAFE_INTEGER);
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThanOrEqual(measureDocument(document).fields);
      }),
    );
  });

  test('refuses a circle as too many fields', () => {
    expect(() => repeats('{ ...F } fragment F on T { a { ...F } }')).toThrow('fields');
  });
});

describe('refuseLarger', () => {
  test('refuses exactly the measures over a limit, with both numbers', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (limit, measured) => {
        const refuse = () => refuseLarger({ ids: limit }, { ids: measured });
        if (measured <= limit) expect(refuse).not.toThrow();
        else expect(refuse).toThrow(expect.objectContaining({ details: { limit, measured } }));
      }),
    );
  });

  test('refuses nothing without a limit or without a measure', () => {
    expect(() => refuseLarger({}, { ids: 5 })).not.toThrow();
    expect(() => refuseLarger({ ids: 1 }, {})).not.toThrow();
  });
});

describe('createDocumentCheck', () => {
  const limits = {
    ...{ tokens: 20, operations: 2, depth: 3, aliases: 1, rootFields: 3 },
    ...{ directives: 1, fields: 5, repeats: 2 },
  };
  const check = createDocumentCheck(limits, { hasText: () => false });

  test('passes documents within the limits, or with wrong syntax, each time', () => {
    for (const text of ['{ a { b } }', '{ a { b } }', '{ a', '', '}', '\0']) {
      expect(check(text)).toBeNull();
    }
  });

  test.each([
    ['{ a a a a a a a a a a a a a a a a a a a }', { limit: 20, measured: 21 }],
    ['{ a { a { a { a } } } }', { limit: 3, measured: 4 }],
    ['{ x: a y: a }', { limit: 1, measured: 2 }],
    ['{ a b c d }', { limit: 3, measured: 4 }],
    ['{ a @p b @p }', { limit: 1, measured: 2 }],
    ['{ a { b c d e f } }', { limit: 5, measured: 6 }],
    ['{ a { b b b } }', { limit: 2, measured: 3 }],
    [`{ a(b: ${'['.repeat(199)}`, { limit: 20, measured: 21 }],
  ])('refuses %s each time', (text, details) => {
    for (let time = 0; time < 2; time += 1) {
      expect(check(text)).toMatchObject({ code: 'QUERY_TOO_COMPLEX', details });
    }
  });
});
