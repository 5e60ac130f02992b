// The role that claims stand for, and the errors of a file that is wrong.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRoleMap } from '../../../src/pai/sts/role-map.js';

const arn = (name: string) => `acs:ram::1000000000000001:role/${name}`;
const TWO = `{"claim": "groups", "roles": {"ml": "${arn('ml')}", "ops": "${arn('ops')}"}}`;

function roleFor(text: string, claims: Record<string, unknown>): string | null {
  const parsed = parseRoleMap(text);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.value(claims);
}

function problemsOf(text: string): readonly string[] {
  const parsed = parseRoleMap(text);
  return parsed.ok ? [] : parsed.problems;
}

describe('a role map', () => {
  it.each([
    ['a text', 'ops', arn('ops')],
    ['a list', ['guests', 'ops'], arn('ops')],
    ['a list with several of them: the file’s order counts', ['ops', 'ml'], arn('ml')],
    ['a text with other case', 'OPS', null],
    ['a list without any of them', ['guests'], null],
    ['an empty list', [], null],
    ['a list within a list', [['ops']], null],
    ['an object', { ops: true }, null],
    ['nothing', undefined, null],
  ])('takes a claim that is %s', (_, groups, role) => {
    expect(roleFor(TWO, { groups })).toBe(role);
  });

  it('takes nothing from the properties that every object has', () => {
    const text = `{"claim": "constructor", "roles": {"toString": "${arn('a')}"}}`;
    expect(roleFor(text, {})).toBeNull();
    expect(roleFor(text, { constructor: 'toString' })).toBe(arn('a'));
  });

  it('takes names of the language as plain names', () => {
    const text = `{"claim": "groups", "roles": {"__proto__": "${arn('a')}"}}`;
    expect(roleFor(text, { groups: '__proto__' })).toBe(arn('a'));
  });

  it('keeps the order of the file for any values, also those that look like numbers', () => {
    const values = fc.uniqueArray(fc.oneof(fc.nat().map(String), fc.string({ unit: 'binary' })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(values, fc.boolean(), (held, claimFirst) => {
        const roles = held.map(
          (value, index) => `${JSON.stringify(value)} : "${arn(`r${index}`)}"`,
        );
        const parts = ['"claim": "roles"', `"roles": {${roles.join()}}`];
        const text = `{${(claimFirst ? parts : parts.reverse()).join()}}`;
        expect(roleFor(text, { roles: [...held].reverse() })).toBe(arn('r0'));
        const last = held.slice(-1);
        expect(roleFor(text, { roles: last })).toBe(arn(`r${held.length - 1}`));
      }),
    );
  });

  it.each(['', 'groups: ml', '[]', 'null', '"ml"'])('is not %j', (text) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining('It must be JSON of the form')]);
  });

  it('names everything that is wrong, all together', () => {
    const text = `{
      "roles": {"ml": "acs:ram::1:user/ann", "ops": 7, "ops": "${arn('ops')}", "": "${arn('e')}x y"},
      "claims": "groups"
    }`;
    expect(problemsOf(text)).toEqual([
      'claim must name a claim of the token.',
      '"claims" is not known: there are claim and roles.',
      'roles: "ml" must map to acs:ram::<account>:role/<name>.',
      'roles: "" must map to acs:ram::<account>:role/<name>.',
      '"roles": "ops" stands there more than once.',
    ]);
  });

  it.each(['{}', '[]', '"ml"', 'null'])('needs roles, which %s are not', (roles) => {
    expect(problemsOf(`{"claim": "groups", "roles": ${roles}}`)).toEqual([
      'roles must map at least one value of the claim to the ARN of a role.',
    ]);
  });
});
