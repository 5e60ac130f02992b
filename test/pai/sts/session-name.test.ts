// Session names must pass STS's check for every subject, and tell any two subjects apart.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roleSessionName } from '../../../src/pai/sts/token-exchange.js';

const ISSUER = 'https://login.example.com';
const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('roleSessionName', () => {
  it('keeps the characters of the subject that STS takes', () => {
    expect(roleSessionName(ISSUER, 'ann@example.com')).toMatch(/^ann@example\.com\.[\w-]{16}$/);
    expect(roleSessionName(ISSUER, '安|ann b')).toMatch(/^-ann-b\.[\w-]{16}$/);
  });

  it('is of the form that STS takes, and the same each time, for any subject', () => {
    fc.assert(
      fc.property(anyText, anyText, (issuer, subject) => {
        const name = roleSessionName(issuer, subject);
        expect(name).toMatch(/^[A-Za-z0-9.@_-]{2,64}$/);
        expect(roleSessionName(issuer, subject)).toBe(name);
      }),
    );
  });

  it('tells subjects apart that look alike once they are cleaned and cut', () => {
    const long = 'a'.repeat(100);
    const subjects = ['a b', 'a-b', 'a\tb', `${long}1`, `${long}2`, '', '安', '全'];
    const names = [
      ...subjects.map((subject) => roleSessionName(ISSUER, subject)),
      roleSessionName('https://other.example.com', 'a b'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it('tells any two pairs of issuer and subject apart', () => {
    const pair = fc.tuple(anyText, anyText);
    fc.assert(
      fc.property(pair, pair, ([issuer, subject], [otherIssuer, otherSubject]) => {
        fc.pre(issuer !== otherIssuer || subject !== otherSubject);
        expect(roleSessionName(issuer, subject)).not.toBe(
          roleSessionName(otherIssuer, otherSubject),
        );
      }),
    );
  });
});
