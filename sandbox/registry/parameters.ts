// Reads and checks the query parameters that both lists have; applies none of them.
import { Refused } from '../answers.js';

export type Query = Readonly<Record<string, string>>;

const INT32_MAX = 2 ** 31 - 1;

export interface Page {
  readonly number: number;
  readonly size: number;
}

export function invalidParameter(name: string, expected: string): Refused {
  return new Refused(400, `InvalidParameter.${name}`, `${name} is not valid: ${expected}.`);
}

function readCount(query: Query, name: string, otherwise: number): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > INT32_MAX) throw invalidParameter(name, 'an integer from 1 on');
  return count;
}

/** A page size above the maximum is reduced silently, as in other list APIs. */
export function readPage(query: Query, sizeMax: number): Page {
  return {
    number: readCount(query, 'PageNumber', 1),
    size: Math.min(readCount(query, 'PageSize', 10), sizeMax),
  };
}

/** 1 for ascending, the default, and -1 for descending. */
export function readDirection(query: Query): 1 | -1 {
  const sortBy = query.SortBy;
  if (sortBy !== undefined && sortBy !== 'GmtCreateTime') {
    throw invalidParameter('SortBy', 'only GmtCreateTime is supported');
  }
  switch (query.Order) {
    case undefined:
    case 'ASC':
      return 1;
    case 'DESC':
      return -1;
    default:
      throw invalidParameter('Order', 'ASC or DESC');
  }
}

/** The array that a parameter of style json holds as text; none when it is absent or empty. */
export function readJsonArray(query: Query, name: string): readonly unknown[] {
  const text = query[name];
  if (text === undefined || text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParameter(name, 'a JSON array');
  }
  if (!Array.isArray(value)) throw invalidParameter(name, 'a JSON array');
  return value;
}
