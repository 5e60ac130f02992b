// Maps a caller's claims to a RAM role by the text of a file; PAI decides the permissions of the role.
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../lib/json.js';
import type { Parsed } from '../../lib/parsed.js';

/** The role of the first value in the file's order that the claim contains; null: the caller has no role. */
export type RoleMap = (claims: Readonly<Record<string, unknown>>) => string | null;

const ROLE_ARN = /^acs:ram::\d{1,20}:role\/[A-Za-z0-9.@_-]{1,64}$/;
const ROLE_ARN_FORM = 'acs:ram::<account>:role/<name>';
const FORM = `{"claim": "groups", "roles": {"a value": "${ROLE_ARN_FORM}"}}`;

/** `{"claim": "groups", "roles": {"ml": "acs:ram::…:role/…"}}` */
export function parseRoleMap(text: string): Parsed<RoleMap> {
  const file = parseWithNumberedNames(text);
  if (!isJsonObject(file)) return { ok: false, problems: [`It must be JSON of the form ${FORM}.`] };
  const members = membersOf(file);
  const { claim, roles } = Object.fromEntries(members);
  const arns = isJsonObject(roles) ? membersOf(roles) : [];
  const problems = [
    ...members
      .filter(([name]) => name !== 'claim' && name !== 'roles')
      .map(([name]) => `${JSON.stringify(name)} is not known: there are claim and roles.`),
    ...problemsOfRoles(new Map(arns)),
    ...repeatedNames(members).map((name) => `${name} stands there more than once.`),
    ...repeatedNames(arns).map((name) => `"roles": ${name} stands there more than once.`),
  ];
  if (typeof claim !== 'string' || claim === '') {
    return { ok: false, problems: ['claim must name a claim of the token.', ...problems] };
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, value: createRoleMap(claim, arns) };
}

function createRoleMap(claim: string, arns: readonly Member[]): RoleMap {
  return (claims) => {
    const held = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    const values = new Set<unknown>(Array.isArray(held) ? held : [held]);
    const arn = arns.find(([value]) => values.has(value))?.[1];
    return typeof arn === 'string' ? arn : null;
  };
}

function problemsOfRoles(arns: ReadonlyMap<string, Json>): string[] {
  if (arns.size === 0) {
    return ['roles must map at least one value of the claim to the ARN of a role.'];
  }
  return [...arns]
    .filter(([, arn]) => typeof arn !== 'string' || !ROLE_ARN.test(arn))
    .map(([value]) => `roles: ${JSON.stringify(value)} must map to ${ROLE_ARN_FORM}.`);
}

type Member = readonly [name: string, value: Json];

/** Each name once, as JSON. */
function repeatedNames(members: readonly Member[]): string[] {
  const names = members.map(([name]) => JSON.stringify(name));
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}

/** The string at the start of a text, with its colon if it is a name. */
const STRING = /^"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/s;

/**
 * Each name of an object gets a number in front. Otherwise a parsed object would put names that look like numbers first,
 * and would hold a repeated name once.
 */
function parseWithNumberedNames(json: string): unknown {
  let numbered = '';
  let rest = json;
  for (let count = 0; rest.includes('"'); count += 1) {
    const at = rest.indexOf('"');
    const [string = '"', colon] = STRING.exec(rest.slice(at)) ?? [];
    const number = colon === undefined ? '' : `${count}:`;
    numbered += `${rest.slice(0, at)}"${number}${string.slice(1)}`;
    rest = rest.slice(at + string.length);
  }
  return parseJson(numbered + rest);
}

/** In the order of the text, and without the numbers. */
function membersOf(object: JsonObject): Member[] {
  return Object.entries(object).map(([name, value]) => [name.slice(name.indexOf(':') + 1), value]);
}
