// JSON texts as this program itself would write them, with and without numbers that doubles do not hold.
import fc from 'fast-check';

/** Integers beyond 2^53 and numbers beyond the range of doubles, in every form that JSON has for them. */
export const lostDigits: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.bigInt({ min: 2n ** 53n, max: 10n ** 60n }).map(String),
      fc
        .tuple(fc.bigInt({ min: 2n ** 53n, max: 10n ** 30n }), fc.nat())
        .map((two) => two.join('.')),
      fc
        .tuple(
          fc.integer({ min: 1 }),
          fc.constantFrom('e', 'E'),
          fc.integer({ min: 310, max: 99_999 }),
        )
        .chain(([mantissa, e, exponent]) =>
          fc.constantFrom(`${mantissa}${e}${exponent}`, `${mantissa}${e}+0${exponent}`),
        ),
      fc
        .tuple(fc.integer({ min: 1 }), fc.integer({ min: 320, max: 99_999 }))
        .chain(([mantissa, exponent]) =>
          fc.constantFrom(`${mantissa}e-${exponent}`, `0.0${mantissa}E-0${exponent}`),
        ),
      fc.integer({ min: 230, max: 600 }).map((zeros) => `0.${'0'.repeat(zeros)}1e-99`),
      fc.constantFrom(
        '1e20',
        '9007199254740992',
        '9007199254740993',
        '1e400',
        '5e-324',
        '2.2e-308',
      ),
    ),
  )
  .map(([sign, digits]) => sign + digits);

/** As JSON.stringify writes them. */
export const heldDigits: fc.Arbitrary<string> = fc
  .oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(0, -1, 0.1, 2 ** 53 - 1, 2.3e-308, 9007199254740991),
    fc.double({ noDefaultInfinity: true, noNaN: true }).filter(isCurrent),
  )
  .map((number) => JSON.stringify(number));

function isCurrent(number: number): boolean {
  const size = Math.abs(number);
  return size === 0 || (size >= 2 ** -1022 && size < 2 ** 53);
}

/** Digits in texts do not count. */
const texts = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.constantFrom('', ':', '[ ', '"', '\\'), lostDigits).map((two) => two.join('')),
  )
  .map((text) => JSON.stringify(text));

/** In objects, keys that look like an index would come first. */
const keys = fc
  .oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toJSON', 'digits', 'e-400'))
  .filter((key) => !/^\d+$/.test(key));

/** Without space, with each key once: reading and writing it again gives the same text. */
export function jsonText(numbers: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 3, arbitrary: numbers },
      texts,
      fc.constantFrom('null', 'true', 'false'),
      fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
      fc
        .uniqueArray(fc.tuple(keys, tie('value')), { maxLength: 4, selector: ([key]) => key })
        .map((fields) => `{${fields.map(fieldText).join()}}`),
    ),
  })).value;
}

function fieldText([key, value]: readonly [string, string]): string {
  return `${JSON.stringify(key)}:${value}`;
}
