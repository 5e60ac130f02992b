// Compares an answer with the recorded contract, and two answers on one thing. Names keys, never values. Pure.
import { doubleOf, ExactNumber } from '../domain/exact-number.js';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../domain/model.js';
import type { Recorded } from './contract.js';

/** Each difference once, however many items of a list have it; absent and null values are not differences. */
export function differencesFrom(recorded: Recorded, answer: Json): readonly string[] {
  return [...new Set(compare(recorded, answer, ''))];
}

/** The paths at which they differ; a list of another length counts as one difference. */
export function differingPaths(one: Json | undefined, other: Json | undefined): readonly string[] {
  return [...new Set(differ(one, other, ''))];
}

function compare(recorded: Recorded, value: Json, path: string): string[] {
  if (wordOf(recorded) !== wordOfJson(value)) {
    return [
      `${path || 'the answer'} is ${NAMES[wordOfJson(value)]}, recorded as ${wordOf(recorded)}`,
    ];
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

function differ(one: Json | undefined, other: Json | undefined, path: string): string[] {
  if (isObject(one) && isObject(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].flatMap((key) => differ(own(one, key), own(other, key), pathTo(path, key)));
  }
  if (isList(one) && isList(other) && one.length === other.length) {
    return one.flatMap((item, index) => differ(item, other[index], `${path}[]`));
  }
  return isSame(one, other) ? [] : [path || 'the whole'];
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one instanceof ExactNumber && other instanceof ExactNumber)
    return one.digits === other.digits;
  return one === other;
}

/** A key such as __proto__ or constructor is a key like any other. */
function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

const isObject = (value: Json | undefined): value is JsonObject => isJsonObject(value);

function isList(value: Json | undefined): value is readonly Json[] {
  return value !== undefined && isJsonList(value);
}

const NAMES = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  null: 'null',
} as const;

type Word = keyof typeof NAMES;

function wordOf(recorded: Recorded): Word {
  if (typeof recorded === 'string') return recorded;
  return 'list' in recorded ? 'list' : 'object';
}

function wordOfJson(value: Json): Word {
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
