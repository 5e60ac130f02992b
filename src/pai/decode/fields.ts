// Reads the fields of one wire object, each by its documented type: absent, null and "" are null;
// any other type is null too and reported. It never throws and knows no particular object.
import type { DriftKind } from '../../domain/events.js';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../domain/model.js';
import { isDeeperThan, MAX_DEPTH } from './depth.js';

/** Called with a documented field, or `*` for a key that is not documented. */
export type Drift = (field: string, kind: DriftKind) => void;

export interface Fields {
  text(name: string): string | null;
  /** A whole number, exact to 2^53. */
  long(name: string): number | null;
  float(name: string): number | null;
  /** ISO 8601 in UTC; as sent when it is that already. */
  time(name: string): string | null;
  url(name: string): string | null;
  object(name: string): JsonObject | null;
  list(name: string): readonly Json[];
  texts(name: string): readonly string[];
  /** JSON inside a string. */
  jsonText(name: string): Json;
  /** Matched without regard to case. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | 'UNRECOGNIZED' | null;
}

export function readFields(wire: JsonObject, path: string, drift: Drift): Fields {
  const report = (name: string, kind: DriftKind) => drift(path + name, kind);

  /** `parse` gives undefined for what it cannot use. */
  function read<T>(
    name: string,
    parse: (value: Json) => T | undefined,
    kind: DriftKind = 'unexpected_type',
  ): T | null {
    const value = wire[name] ?? null;
    if (value === null || value === '') return null;
    const parsed = parse(value);
    if (parsed === undefined) report(name, kind);
    return parsed ?? null;
  }

  const list = (name: string) =>
    read(name, (value) => (isJsonList(value) ? value : undefined)) ?? [];

  return {
    text: (name) => read(name, asText),
    long: (name) => {
      const value = read(name, asNumber);
      if (value === null || Number.isSafeInteger(value)) return value;
      report(name, 'out_of_range');
      return null;
    },
    float: (name) => read(name, asNumber),
    time: (name) => read(name, asTime),
    url: (name) => read(name, asUrl),
    object: (name) => read(name, (value) => (isJsonObject(value) ? value : undefined)),
    list,
    texts: (name) =>
      list(name).filter((item): item is string => {
        const usable = typeof item === 'string';
        if (!usable) report(name, 'dropped_item');
        return usable;
      }),
    jsonText: (name) => read(name, parseJsonText),
    oneOf: (name, values) => {
      const value = read(name, asText);
      if (value === null) return null;
      const known = values.find((candidate) => candidate === value.toUpperCase());
      if (known === undefined) report(name, 'unrecognized_value');
      return known ?? 'UNRECOGNIZED';
    },
  };
}

function asText(value: Json): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** JSON has no infinity, but JSON.parse makes one of 1e999. */
function asNumber(value: Json): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function asTime(value: Json): string | undefined {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return undefined;
  const [text, seconds, , zone] = match;
  if (!isInCalendar(text)) return undefined;
  // As PAI sends nearly all: making a Date of each took a third of the decoding.
  if (seconds !== undefined && zone === 'Z') return text;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Date rolls 30 February and 24:00 over into the next day instead of refusing them. */
function isInCalendar(text: string): boolean {
  const number = (from: number) => Number(text.slice(from, from + 2));
  const year = Number(text.slice(0, 4));
  const [month, day, hour, minute] = [number(5), number(8), number(11), number(14)];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2 && day === 29 && !isLeap) return false;
  const days = DAYS[month - 1] ?? 0;
  const second = text[16] === ':' ? number(17) : 0;
  return day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}

/** As sent: the URL class would add a slash or change the case. Only schemes that are safe to follow. */
function asUrl(value: Json): string | undefined {
  if (typeof value !== 'string' || !/^(https?|oss):\/\//i.test(value)) return undefined;
  return URL.canParse(value) ? value : undefined;
}

function parseJsonText(value: Json): Json | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: Json = JSON.parse(value);
    return isDeeperThan(parsed, MAX_DEPTH) ? undefined : parsed;
  } catch {
    return undefined;
  }
}
