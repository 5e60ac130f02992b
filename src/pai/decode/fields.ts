// Reads the fields of one wire object, each by its documented type: absent, null and "" are null; any other type is
// null, too, and is reported. It never throws and knows no particular object.
import type { DriftKind } from '../../domain/events.js';
import type { Label } from '../../domain/model.js';
import {
  doubleOf,
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  parseExactly,
} from '../../lib/json.js';

/** Called with a documented field, or `*` for a key that is not documented. */
export type Drift = (field: string, kind: DriftKind) => void;

export class Fields {
  readonly raw: JsonObject;
  readonly #path: string;
  readonly #drift: Drift;
  readonly #known = new Set<string>();

  /** `path` stands before the name of each field that is reported. */
  constructor(raw: JsonObject, path: string, drift: Drift) {
    this.raw = raw;
    this.#path = path;
    this.#drift = drift;
  }

  text(name: string): string | null {
    return this.#read(name, (value) => (isText(value) ? value : undefined));
  }

  /** A whole number, exact to 2^53. */
  long(name: string): number | null {
    const value = this.#read(name, asNumber);
    if (value === null || Number.isSafeInteger(value)) return value;
    this.report(name, 'out_of_range');
    return null;
  }

  float(name: string): number | null {
    return this.#read(name, asNumber);
  }

  flag(name: string): boolean | null {
    return this.#read(name, (value) => (typeof value === 'boolean' ? value : undefined));
  }

  /** ISO 8601 in UTC; unchanged when it was sent in that form. */
  time(name: string): string | null {
    return this.#read(name, asTime);
  }

  url(name: string): string | null {
    return this.#read(name, asUrl);
  }

  object(name: string): JsonObject | null {
    return this.#read(name, (value) => (isJsonObject(value) ? value : undefined));
  }

  /** The fields of an object. */
  nested(name: string): Fields | null {
    const object = this.object(name);
    return object && new Fields(object, `${this.#path}${name}.`, this.#drift);
  }

  list(name: string): readonly Json[] {
    return this.#read(name, (value) => (isJsonList(value) ? value : undefined)) ?? [];
  }

  /** The fields of each object of a list; other items are dropped and reported. */
  nestedList(name: string): Fields[] {
    const path = `${this.#path}${name}.`;
    return this.list(name).flatMap((item) => {
      if (isJsonObject(item)) return [new Fields(item, path, this.#drift)];
      this.report(name, 'dropped_item');
      return [];
    });
  }

  texts(name: string): readonly string[] {
    return this.list(name).filter((item) => {
      if (!isText(item)) this.report(name, 'dropped_item');
      return isText(item);
    });
  }

  /** A list of {Key, Value}; an item without its key is dropped and reported. */
  labels(name: string): Label[] {
    return this.nestedList(name).flatMap((label) => {
      const key = label.text('Key');
      if (key !== null) return [{ key, value: label.text('Value') }];
      this.report(name, 'dropped_item');
      return [];
    });
  }

  /** JSON inside a string. */
  jsonText(name: string): Json {
    return this.#read(name, parseJsonText);
  }

  /** Matched without regard to case. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | 'UNRECOGNIZED' | null {
    const value = this.text(name)?.toUpperCase();
    if (value === undefined) return null;
    const known = values.find((candidate) => candidate === value);
    if (known === undefined) this.report(name, 'unrecognized_value');
    return known ?? 'UNRECOGNIZED';
  }

  /**
   * Reports each key that was not read and is not one of `known`, so that a new field of PAI is noticed. The report does
   * not contain the key: PAI chooses the names, so that their number would be unbounded.
   */
  reportUnknownKeys(...known: readonly string[]): void {
    for (const key of Object.keys(this.raw)) {
      if (!this.#known.has(key) && !known.includes(key)) this.report('*', 'unknown_key');
    }
  }

  report(name: string, kind: DriftKind): void {
    this.#drift(this.#path + name, kind);
  }

  /** `parse` gives undefined for a value that it cannot use. */
  #read<T>(name: string, parse: (value: Json) => T | undefined): T | null {
    this.#known.add(name);
    const value = this.raw[name] ?? null;
    if (value === null || value === '') return null;
    const parsed = parse(value);
    if (parsed === undefined) this.report(name, 'unexpected_type');
    return parsed ?? null;
  }
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

/** JSON has no infinity, but 1e999 is one as a double. */
function asNumber(value: Json): number | undefined {
  const number = doubleOf(value);
  return Number.isFinite(number) ? number : undefined;
}

const TIME =
  /^(?<day>\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d(?<seconds>:[0-5]\d(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:\d{2})$/;

function asTime(value: Json): string | undefined {
  const { day = '', seconds, zone } = (isText(value) && TIME.exec(value)?.groups) || {};
  // Date does not refuse 30 February: it is 2 March.
  if (!isText(value) || new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) !== day)
    return undefined;
  return seconds !== undefined && zone === 'Z' ? value : (new Date(value).toJSON() ?? undefined);
}

/** The URL as it was sent: the URL class would add a slash or change the case. Only schemes that are safe to follow. */
function asUrl(value: Json): string | undefined {
  if (!isText(value) || !/^(https?|oss):\/\//i.test(value)) return undefined;
  return URL.canParse(value) ? value : undefined;
}

function parseJsonText(value: Json): Json | undefined {
  const parsed = isText(value) ? parseExactly(value) : undefined;
  return parsed?.isTooDeep ? undefined : parsed?.value;
}
