// Compares answers with the recorded contract, and an item of a list with the same object read by its id. Names keys,
// never values. Pure.
import { isDeepStrictEqual } from 'node:util';
import { doubleOf, isJsonList, isJsonObject, type Json, type JsonObject } from '../lib/json.js';
import { CONTRACT, type Recorded } from './contract.js';
import { type Finding, ok, skip, warn } from './finding.js';
import { bodyOf, type Call } from './operations.js';

/** As many as a person reads; a list of a thousand new keys is not more useful. */
const SHOWN_MAX = 20;

export function checkContract(calls: readonly Call[]): readonly Finding[] {
  const answered = calls.filter((call) => bodyOf(call) !== null);
  if (answered.length === 0) {
    return ['contract', 'lists'].map((name) => skip(name, 'there is no answer.'));
  }
  const names = answered.map(({ operation }) => operation).join(', ');
  return [
    ...findingsOf('contract', answered.flatMap(contractLines), `${names}: as recorded`),
    ...checkLists(answered),
  ];
}

function contractLines(call: Call): readonly string[] {
  const differences = differencesFrom(CONTRACT[call.operation], bodyOf(call));
  return differences.map((difference) => `${call.operation}: ${difference}`);
}

function checkLists(calls: readonly Call[]): readonly Finding[] {
  const read = calls.filter(({ listed }) => listed !== undefined);
  if (read.length === 0) return [skip('lists', 'no object was read in both ways.')];
  const titles = read.map(titleOf).join('; ');
  return findingsOf('lists', read.flatMap(listLines), `equal for one id: ${titles}`);
}

function titleOf({ operation }: Call): string {
  return `${operation.replace('Get', 'List')}s and ${operation}`;
}

function listLines(call: Call): readonly string[] {
  const paths = differingPaths(comparable(call.listed ?? {}), comparable(bodyOf(call) ?? {}));
  return paths.map(
    (path) =>
      `${titleOf(call)} differ for one id: ${path} (or it was changed in between; run this again)`,
  );
}

/** Only lists contain Tags, and each answer has its own RequestId. */
function comparable({ Tags, RequestId, ...rest }: JsonObject): JsonObject {
  return rest;
}

function findingsOf(name: string, lines: readonly string[], success: string): readonly Finding[] {
  if (lines.length === 0) return [ok(name, success)];
  const shown = lines.slice(0, SHOWN_MAX).map((line) => warn(name, line));
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, warn(name, `and ${more} more differences`)] : shown;
}

/** Each difference once, however many items of a list have it; absent and null values are not differences. */
export function differencesFrom(recorded: Recorded, answer: Json): readonly string[] {
  return [...new Set(compare(recorded, answer, ''))];
}

function compare(recorded: Recorded, value: Json, path: string): string[] {
  const expected = typeOfRecorded(recorded);
  const actual = typeOfJson(value);
  if (expected !== actual) {
    return [`${path || 'the answer'} is ${NAMES[actual]}, recorded as ${expected}`];
  }
  if (typeof recorded === 'string') return [];
  if ('list' in recorded) {
    const items = isJsonList(value) ? value : [];
    return items.flatMap((item) => compare(recorded.list, item, `${path}[]`));
  }
  const { fields, open } = recorded;
  return Object.entries(isJsonObject(value) ? value : {}).flatMap(([key, part]) => {
    const at = pathTo(path, key);
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field !== undefined) return part === null ? [] : compare(field, part, at);
    return open ? [] : [`${at} is not recorded`];
  });
}

/** The paths at which they differ; a list of another length counts as one difference. */
export function differingPaths(one: Json | undefined, other: Json | undefined): readonly string[] {
  return [...new Set(differ(one, other, ''))];
}

function differ(one: Json | undefined, other: Json | undefined, path: string): string[] {
  if (isJsonObject(one) && isJsonObject(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].flatMap((key) => differ(own(one, key), own(other, key), pathTo(path, key)));
  }
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    return one.flatMap((item, index) => differ(item, other[index], `${path}[]`));
  }
  // Numbers that doubles do not hold are objects.
  const isSame = one === other || isDeepStrictEqual(one, other);
  return isSame ? [] : [path || 'the whole'];
}

/** A key such as __proto__ or constructor is a key like any other. */
function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

const NAMES = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  null: 'null',
} as const;

type TypeName = keyof typeof NAMES;

function typeOfRecorded(recorded: Recorded): TypeName {
  if (typeof recorded === 'string') return recorded;
  return 'list' in recorded ? 'list' : 'object';
}

function typeOfJson(value: Json): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (doubleOf(value) !== undefined) return 'number';
  return isJsonList(value) ? 'list' : 'object';
}

const KEY_LENGTH_MAX = 64;

/** PAI chooses the key, and it is printed to a terminal. */
function pathTo(path: string, key: string): string {
  const shown = key.slice(0, KEY_LENGTH_MAX).replace(/[^\p{L}\p{N} _.:*-]/gu, '?') || '""';
  return path === '' ? shown : `${path}.${shown}`;
}
