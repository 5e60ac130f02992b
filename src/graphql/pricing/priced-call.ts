// One distinct upstream call that an operation may make, as far as it is known before anything runs, and the sums of
// such calls. Pure.
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

export interface PricedCall {
  readonly operation: UpstreamOperation;
  /** Calls with equal keys are one call. */
  readonly key: string;
  /** Response keys down to the first field that needs the call. */
  readonly path: readonly string[];
  /** More than one only where the keys depend on answers. */
  readonly count: number;
  /** Calls that may come on top, by the window of rows that would need them: the answers decide. */
  readonly further: ReadonlyMap<string, number>;
  /** null: only an answer tells which calls these are. */
  readonly known: KnownCall | null;
}

export type NewCall = Omit<PricedCall, 'path'>;

export const NOTHING_FURTHER: PricedCall['further'] = new Map<string, number>();

/** The call for one object, or for several where parts of the key are unknown. */
export function objectCall(operation: UpstreamOperation, key: readonly Part[]): NewCall {
  const known = key.every((part) => typeof part === 'string') ? { key, page: null } : null;
  const count = countOf(key);
  return { operation, key: callKey(operation, key), count, further: NOTHING_FURTHER, known };
}

/** The calls for these objects, where one call reads several. */
export function batchCall(calls: readonly NewCall[], batchSize: number): NewCall[] {
  const distinct = [...new Map(calls.map((call) => [call.key, call])).values()];
  const [first] = distinct;
  if (first === undefined || batchSize === 1) return distinct;
  const count = Math.ceil(distinct.reduce((sum, call) => sum + call.count, 0) / batchSize);
  return [{ ...first, key: distinct.map(({ key }) => key).join(' '), count, known: null }];
}

export function callKey(operation: UpstreamOperation, key: readonly Part[]): string {
  return `${operation} ${key.map((part) => (typeof part === 'string' ? part : part.name)).join('/')}`;
}

/** The number of keys that a key with unknown parts stands for. */
export function countOf(key: readonly Part[]): number {
  return Math.max(1, ...key.map((part) => (typeof part === 'string' ? 1 : part.count)));
}

/** Distinct calls, with PAI's pages as large as they are known to be. */
export function distinctCalls(calls: readonly Pick<PricedCall, 'count'>[]): number {
  return calls.reduce((total, { count }) => total + count, 0);
}

/** The number of calls that the run never exceeds, retries apart. */
export function worstCase(calls: readonly PricedCall[], isListBatching: boolean): number {
  const further = calls
    .flatMap((call) => [...call.further.values()])
    .reduce((total, count) => total + count, 0);
  return distinctCalls(calls) + further + (isListBatching ? pagesInVain(calls) : 0);
}

/** Each tick that misses two models or more may read one page in vain. */
function pagesInVain(calls: readonly PricedCall[]): number {
  const models = calls.filter(({ operation }) => operation === 'GetModel');
  const atRoot = models.filter(({ path }) => path.length === 1).length;
  return Math.min(1, Math.floor(atRoot / 2)) + Math.floor((models.length - atRoot) / 2);
}

/** Throws QUERY_TOO_COMPLEX. */
export function refuseBeyond(limit: number, calls: readonly PricedCall[]): void {
  const measured = distinctCalls(calls);
  if (measured <= limit) return;
  throw new AppError(
    'QUERY_TOO_COMPLEX',
    `The operation may make ${measured} upstream calls; ${limit} are allowed.`,
    { limit, measured },
  );
}
