// The price of an operation: the distinct upstream calls that it may make with an empty cache, as far as they are known
// before it runs, and their sums. Pure.
import type { KnownCall } from '../../catalog/operations.js';
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';

/** One part of a key: its value, or a name for the values that only answers tell. */
export type Part = string | UnknownPart;

export interface UnknownPart {
  readonly name: string;
  /** The number of values that it stands for. */
  readonly count: number;
  /** The operation that reads the objects whose whole key this is: they have come with an answer. */
  readonly readBy: UpstreamOperation | null;
}

interface Counted {
  /** More than one only where the keys depend on answers. */
  readonly count: number;
}

export interface PricedCall extends Counted {
  readonly operation: UpstreamOperation;
  /** Calls with equal keys are one call. */
  readonly key: string;
  /** Response keys down to the first field that needs the call. */
  readonly path: readonly string[];
  /** null: only an answer tells which calls these are. */
  readonly known: KnownCall | null;
  /** null: it reads objects. */
  readonly list: { readonly key: string; readonly isTotal: boolean } | null;
  /** The number of objects that one call reads. */
  readonly batchSize?: number;
}

export type NewCall = Omit<PricedCall, 'path'>;

export interface Price {
  readonly calls: readonly PricedCall[];
  /** Calls that may come on top: the answers decide. */
  readonly further: number;
}

/** The call for one object, or for several where parts of the key are unknown. */
export function objectCall(operation: UpstreamOperation, key: readonly Part[]): NewCall {
  const known = key.every((part) => typeof part === 'string') ? { key, page: null } : null;
  return { operation, key: callKey(operation, key), count: countOf(key), known, list: null };
}

/** The calls for these objects, where one call reads several of one of the groups. */
export function batchCall(
  calls: readonly NewCall[],
  batchSize: number,
  groups: number,
): readonly NewCall[] {
  const distinct = [...new Map(calls.map((call) => [call.key, call])).values()];
  const [first] = distinct;
  const total = sumOf(distinct);
  if (batchSize === 1 || first === undefined || total === 1) return distinct;
  // Each group may have a call that is not full.
  const count = total <= groups ? total : groups + Math.floor((total - groups) / batchSize);
  const key = distinct.map(({ key }) => key).join(' ');
  return [{ ...first, key, count, known: null, batchSize }];
}

export function callKey(operation: UpstreamOperation, key: readonly Part[]): string {
  return `${operation} ${key.map((part) => (typeof part === 'string' ? part : part.name)).join('/')}`;
}

/** The number of keys that a key with unknown parts stands for. */
export function countOf(key: readonly Part[]): number {
  return key.reduce((most, part) => Math.max(most, typeof part === 'string' ? 1 : part.count), 1);
}

/** The sum of distinct calls, with PAI's pages as large as they are known to be. */
export function sumOf(calls: readonly Counted[]): number {
  return calls.reduce((total, { count }) => total + count, 0);
}

export function sumsByOperation(
  calls: readonly (Counted & Pick<PricedCall, 'operation'>)[],
): Map<UpstreamOperation, number> {
  const sums = new Map<UpstreamOperation, number>();
  for (const { operation, count } of calls) {
    sums.set(operation, (sums.get(operation) ?? 0) + count);
  }
  return sums;
}

/** The number of calls that the run never exceeds, retries apart. */
export function worstCase({ calls, further }: Price, isListBatching: boolean): number {
  return sumOf(calls) + further + (isListBatching ? pagesInVain(calls) : 0);
}

/** Each tick that misses two models or more may read one page in vain. */
function pagesInVain(calls: readonly PricedCall[]): number {
  const models = calls.filter(({ operation }) => operation === 'GetModel');
  const atRoot = models.filter(({ path }) => path.length === 1).length;
  return Math.min(1, Math.floor(atRoot / 2)) + Math.floor((models.length - atRoot) / 2);
}

/** The total comes with any page of the same list that is read in the same tick. */
export function withoutSpareTotals(calls: readonly PricedCall[]): readonly PricedCall[] {
  if (!calls.some(({ list }) => list?.isTotal)) return calls;
  const pages = calls.filter(({ list }) => list?.isTotal === false);
  const read = new Set(pages.map(listAndTick));
  return calls.filter((call) => !call.list?.isTotal || !read.has(listAndTick(call)));
}

/** All lists at the root are read together; further down only siblings are. */
function listAndTick({ list, path }: PricedCall): string {
  const tick = path.length > 2 ? path.slice(0, -1) : path.length;
  return JSON.stringify([list?.key, tick]);
}

/** Throws QUERY_TOO_COMPLEX. */
export function refuseBeyond(limit: number, calls: readonly PricedCall[]): void {
  const measured = sumOf(calls);
  if (measured <= limit) return;
  throw new AppError(
    'QUERY_TOO_COMPLEX',
    `The operation may make ${measured} upstream calls; ${limit} are allowed.`,
    { limit, measured },
  );
}
