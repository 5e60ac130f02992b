// Fields whose text is checked: dates, and JSON inside a string.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { versionWith } from './decoding.js';

describe('a date', () => {
  it.each([
    '2021-01-30T12:51:33.028Z',
    '2021-01-21T17:12:35Z',
    '2021-01-21T17:12:35.123456Z',
    '2024-02-29T23:59:59Z',
  ])('%s is given as it was sent', (sent) => {
    const { version, drift } = versionWith('GmtCreateTime', sent);
    expect([version.createdAt, drift]).toEqual([sent, []]);
  });

  it.each([
    ['2021-01-30T20:51:33+08:00', '2021-01-30T12:51:33.000Z'],
    ['2021-01-30T00:30:00.5+08:00', '2021-01-29T16:30:00.500Z'],
    ['2020-12-31T20:00:00-05:30', '2021-01-01T01:30:00.000Z'],
    ['2021-01-30T12:51:33+00:00', '2021-01-30T12:51:33.000Z'],
    ['2021-01-30T12:51Z', '2021-01-30T12:51:00.000Z'],
  ])('%s is %s in UTC', (sent, ours) => {
    const { version, drift } = versionWith('GmtCreateTime', sent);
    expect([version.createdAt, drift]).toEqual([ours, []]);
  });

  it.each([
    'yesterday',
    '1612011093028',
    '2021-01-30',
    '2021-01-30 12:51:33Z',
    '2021-01-30T12:51:33',
    '2021-01-30T12:51:33z',
    '2021-1-30T12:51:33Z',
    '2021-13-01T00:00:00Z',
    '2021-02-30T00:00:00Z',
    '2021-02-29T12:00:00+08:00',
    '2021-01-30T24:00:00Z',
    '2021-01-30T12:60:00Z',
    '2021-01-30T12:51:33Z\n',
    'Sat, 30 Jan 2021 12:51:33 GMT',
  ])('%j is null and reported', (sent) => {
    const { version, drift } = versionWith('GmtCreateTime', sent);
    expect([version.createdAt, drift]).toEqual([null, [['GmtCreateTime', 'unexpected_type']]]);
  });

  it('a date of any instant survives, with and without milliseconds', () => {
    const bounds = { min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z') };
    fc.assert(
      fc.property(fc.date({ ...bounds, noInvalidDate: true }), fc.boolean(), (date, short) => {
        const sent = short ? date.toISOString().replace(/\.\d+/, '') : date.toISOString();
        const { version, drift } = versionWith('GmtModifiedTime', sent);
        expect([version.updatedAt, drift]).toEqual([sent, []]);
      }),
    );
  });

  it('a date with an offset is the same instant', () => {
    const offset = fc.tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 14 }));
    const bounds = { min: new Date('1970-01-02'), max: new Date('2100-01-01') };
    fc.assert(
      fc.property(fc.date({ ...bounds, noInvalidDate: true }), offset, (date, [sign, hours]) => {
        const shift = (sign === '+' ? 1 : -1) * hours * 3_600_000;
        const local = new Date(date.getTime() + shift).toISOString().slice(0, -1);
        const sent = `${local}${sign}${String(hours).padStart(2, '0')}:00`;
        expect(versionWith('GmtCreateTime', sent).version.createdAt).toBe(date.toISOString());
      }),
    );
  });
});

/** The plain rule for a date: the decoder does the same without a list of the matches or a slice. */
function plainly(sent: string): string | null {
  const FORM =
    /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
  const [, year, month, day, hour, minute, second, zone] = FORM.exec(sent) ?? [];
  if (year === undefined) return null;
  const midnight = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return null;
  if (second !== undefined && zone === 'Z') return sent;
  const time = new Date(sent);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function mostly(usual: string, ...others: string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

/** Texts of the form of a date, many of them of no date, and such a text with one character changed. */
function nearlyDates(): fc.Arbitrary<string> {
  const pieces = [
    mostly('2023', '0000', '1900', '2000', '2024', '9999', '+002024'),
    mostly('-02-28', '-00-10', '-01-31', '-02-29', '-02-30', '-04-31', '-12-00', '-13-01'),
    mostly('T12:51', 'T00:00', 'T23:59', 'T24:00', 'T12:60', 't12:00', ' 12:00'),
    mostly(':33', '', ':00', ':59', ':60', ':33.5', ':33.', ':33.123456789', ':3'),
    mostly('Z', '+08:00', '-05:30', '+00:00', '+23:59', '+24:00', '-99:99', '', 'z'),
  ];
  const dates = fc.tuple(...pieces).map((parts) => parts.join(''));
  const characters = fc.string({ unit: fc.constantFrom(...'0259-:.TZ+ \n٣'), maxLength: 2 });
  const changed = fc
    .tuple(dates, fc.nat(30), fc.nat(1), characters)
    .map(([text, at, left, put]) => text.slice(0, at) + put + text.slice(at + left));
  return fc.oneof(dates, changed);
}

it('a text near a date is read as its plain rule says', () => {
  fc.assert(
    fc.property(nearlyDates(), (sent) => {
      const ours = plainly(sent);
      const reported = ours === null && sent !== '' ? [['GmtCreateTime', 'unexpected_type']] : [];
      const { version, drift } = versionWith('GmtCreateTime', sent);
      expect([version.createdAt, drift]).toEqual([ours, reported]);
    }),
    { numRuns: 3000 },
  );
});

// A deeper value parses, but cannot be written again, and failed the whole response.
describe('JSON inside a string', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  it('is given when it is nested 400 deep', () => {
    const { version, drift } = versionWith('Options', nested(400));
    expect([version.options, drift]).toEqual([JSON.parse(nested(400)), []]);
  });

  it.each([501, 3000])('is null and reported when it is nested %s deep', (depth) => {
    const { version, drift } = versionWith('Options', nested(depth));
    expect([version.options, drift]).toEqual([null, [['Options', 'unexpected_type']]]);
  });
});
