// Reads the fields of one wire object, each by its documented type: absent, null and "" are null; any other type is
// null, too, and is reported. It never throws and knows no particular object.
import type { DriftKind } from '../../domain/events.js';
import { doubleOf } from '../../domain/exact-number.js';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../domain/model.js';
import { parseExactly } from '../../json/exact-json.js';

/** Called with a documented field, or `*` for a key that is not documented. */
export type Drift = (field: string, kind: DriftKind) => void;

/** A class: closures for each kind of field were half of what decoding allocated. */
export class Fields {
  readonly #wire: JsonObject;
  readonly #path: string;
  readonly #drift: Drift;

  /** `path` stands before the name of each field that is reported. */
  constructor(wire: JsonObject, path: string, drift: Drift) {
    this.#wire = wire;
    this.#path = path;
    this.#drift = drift;
  }

  text(name: string): string | null {
    return this.#read(name, asText);
  }

  /** A whole number, exact to 2^53. */
  long(name: string): number | null {
    const value = this.#read(name, asNumber);
    if (value === null || Number.isSafeInteger(value)) return value;
    this.#report(name, 'out_of_range');
    return null;
  }

  float(name: string): number | null {
    return this.#read(name, asNumber);
  }

  /** ISO 8601 in UTC; unchanged when it was sent in that form. */
  time(name: string): string | null {
    return this.#read(name, asTime);
  }

  url(name: string): string | null {
    return this.#read(name, asUrl);
  }

  object(name: string): JsonObject | null {
    return this.#read(name, asObject);
  }

  list(name: string): readonly Json[] {
    return this.#read(name, asList) ?? [];
  }

  texts(name: string): readonly string[] {
    const items = this.list(name);
    if (items.every(isText)) return items;
    for (const item of items) if (!isText(item)) this.#report(name, 'dropped_item');
    return items.filter(isText);
  }

  /** JSON inside a string. */
  jsonText(name: string): Json {
    return this.#read(name, parseJsonText);
  }

  /** Matched without regard to case. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | 'UNRECOGNIZED' | null {
    const value = this.#read(name, asText)?.toUpperCase();
    if (value === undefined) return null;
    const known = values.find((candidate) => candidate === value);
    if (known === undefined) this.#report(name, 'unrecognized_value');
    return known ?? 'UNRECOGNIZED';
  }

  /** `parse` gives undefined for a value that it cannot use. */
  #read<T>(name: string, parse: (value: Json) => T | undefined): T | null {
    const value = this.#wire[name] ?? null;
    if (value === null || value === '') return null;
    const parsed = parse(value);
    if (parsed === undefined) this.#report(name, 'unexpected_type');
    return parsed ?? null;
  }

  #report(name: string, kind: DriftKind): void {
    this.#drift(this.#path + name, kind);
  }
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function asText(value: Json): string | undefined {
  return isText(value) ? value : undefined;
}

function asObject(value: Json): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function asList(value: Json): readonly Json[] | undefined {
  return isJsonList(value) ? value : undefined;
}

/** JSON has no infinity, but 1e999 is one as a double. */
function asNumber(value: Json): number | undefined {
  const number = doubleOf(value);
  return Number.isFinite(number) ? number : undefined;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

function asTime(value: Json): string | undefined {
  if (!isText(value) || !TIME.test(value) || !isInCalendar(value)) return undefined;
  // PAI sends nearly all times in this form: to make a Date of each took a third of the decoding.
  if (hasSeconds(value) && value.endsWith('Z')) return value;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Date rolls 30 February and 24:00 over into the next day instead of refusing them. */
function isInCalendar(text: string): boolean {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2 && day === 29 && !isLeap) return false;
  const days = DAYS[month - 1] ?? 0;
  if (day < 1 || day > days || twoDigits(text, 11) > 23 || twoDigits(text, 14) > 59) return false;
  return !hasSeconds(text) || twoDigits(text, 17) < 60;
}

const ZERO = 48;

/** Avoids slices, of which each date would need seven. */
function twoDigits(text: string, from: number): number {
  return (text.charCodeAt(from) - ZERO) * 10 + text.charCodeAt(from + 1) - ZERO;
}

function hasSeconds(text: string): boolean {
  return text[16] === ':';
}

/** The URL as it was sent: the URL class would add a slash or change the case. Only schemes that are safe to follow. */
function asUrl(value: Json): string | undefined {
  if (typeof value !== 'string' || !/^(https?|oss):\/\//i.test(value)) return undefined;
  return URL.canParse(value) ? value : undefined;
}

function parseJsonText(value: Json): Json | undefined {
  const parsed = isText(value) ? parseExactly(value) : undefined;
  return parsed?.isTooDeep ? undefined : parsed?.value;
}
