// Maps a caller's claims to a RAM role by the text of a file; PAI decides the permissions of the role.
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.js';

/** The role of the first entry in the file's order that the claim contains; null: the caller has no role. */
export type RoleMap = (claims: Readonly<Record<string, unknown>>) => string | null;

type ParsedRoleMap =
  | { readonly ok: true; readonly value: RoleMap }
  | { readonly ok: false; readonly problems: readonly string[] };

type Entry = readonly [value: string, arn: string];

const ROLE_ARN = /^acs:ram::\d{1,20}:role\/[A-Za-z0-9.@_-]{1,64}$/;
const ROLE_ARN_FORM = 'acs:ram::<account>:role/<name>';
const FORM = `{"claim": "groups", "roles": {"a value": "${ROLE_ARN_FORM}"}}`;

/** `{"claim": "groups", "roles": {"ml": "acs:ram::…:role/…"}}` */
export function parseRoleMap(text: string): ParsedRoleMap {
  const file = parseJson(text);
  if (!isJsonObject(file)) return { ok: false, problems: [`It must be JSON of the form ${FORM}.`] };
  const problems = [
    ...problemsOfNames(file),
    ...problemsOfRoles(file.roles),
    ...problemsOfOrder(text),
  ];
  const { claim } = file;
  if (typeof claim !== 'string' || claim === '') {
    return { ok: false, problems: ['claim must name a claim of the token.', ...problems] };
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: createRoleMap(claim, entriesOf(file.roles, text)) };
}

function createRoleMap(claim: string, entries: readonly Entry[]): RoleMap {
  return (claims) => {
    const held = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    const values = new Set<unknown>(Array.isArray(held) ? held : [held]);
    return entries.find(([value]) => values.has(value))?.[1] ?? null;
  };
}

function problemsOfNames(file: JsonObject): string[] {
  return Object.keys(file)
    .filter((name) => name !== 'claim' && name !== 'roles')
    .map((name) => `${JSON.stringify(name)} is not known: there are claim and roles.`);
}

function problemsOfRoles(roles: unknown): string[] {
  if (!isJsonObject(roles) || Object.keys(roles).length === 0) {
    return [`roles must map at least one value of the claim to the ARN of a role.`];
  }
  return Object.entries(roles)
    .filter(([, arn]) => typeof arn !== 'string' || !ROLE_ARN.test(arn))
    .map(([value]) => `roles: ${JSON.stringify(value)} must map to ${ROLE_ARN_FORM}.`);
}

function problemsOfOrder(text: string): string[] {
  const names = namesInOrder(text).map((path) =>
    path.map((name) => JSON.stringify(name)).join(': '),
  );
  const seen = new Set<string>();
  const repeated = names.filter((name) => seen.size === seen.add(name).size);
  return [...new Set(repeated)].map((name) => `${name} stands there more than once.`);
}

/** In the order of the text: a parsed object puts names that look like numbers first. */
function entriesOf(roles: unknown, text: string): Entry[] {
  if (!isJsonObject(roles)) return [];
  return namesInOrder(text).flatMap(([first, value, ...deeper]): Entry[] => {
    if (first !== 'roles' || value === undefined || deeper.length > 0) return [];
    const arn = roles[value];
    return typeof arn === 'string' ? [[value, arn]] : [];
  });
}

/** Each name in the order of the text, which parsed objects do not keep, with the names that enclose it. */
function namesInOrder(json: string): string[][] {
  const paths: string[][] = [];
  const open: string[] = [];
  let at = 0;
  while (at < json.length) {
    const character = json[at];
    const end = character === '"' ? endOfString(json, at) : at + 1;
    if (character === '{' || character === '[') open.push('');
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"' && isNameBefore(json, end)) {
      open.splice(-1, 1, String(JSON.parse(json.slice(at, end))));
      paths.push([...open]);
    }
    at = end;
  }
  return paths;
}

/** The position behind the quote that closes the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Whether the string that ends there is a name: a colon comes next. */
function isNameBefore(json: string, end: number): boolean {
  let at = end;
  while (' \t\n\r'.includes(json[at] ?? '!')) at += 1;
  return json[at] === ':';
}
