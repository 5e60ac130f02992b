// One distinct upstream call that an operation may make, as far as it is known before anything runs, and the sums of
// such calls. Pure.
import type { ListQuery } from '../../catalog/lists.js';
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import type { PageNumber } from '../../domain/list.js';

/** One part of a key: its value, or a name for the values that only answers tell. */
export type Part = string | UnknownPart;

export interface UnknownPart {
  readonly name: string;
  /** The number of values that it stands for. */
  readonly count: number;
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
  readonly target: Target;
}

export type Target =
  | { readonly kind: 'object'; readonly key: readonly string[] }
  | PageTarget
  /** Only an answer tells which calls these are. */
  | { readonly kind: 'answer_dependent' };

export interface PageTarget {
  readonly kind: 'page';
  readonly list: ListQuery;
  readonly page: PageNumber;
  /** The id of the object that owns the list; null: none does. */
  readonly owner: string | null;
}

export type NewCall = Omit<PricedCall, 'path'>;

const NOTHING_FURTHER: PricedCall['further'] = new Map<string, number>();

/** A call for one object; for several, if parts of the key are unknown. */
export function objectCall(operation: UpstreamOperation, key: readonly Part[]): NewCall {
  const known = key.filter((part) => typeof part === 'string');
  const isKnown = known.length === key.length;
  return {
    operation,
    key: callKey(operation, key),
    count: countOf(key),
    further: NOTHING_FURTHER,
    target: isKnown ? { kind: 'object', key: known } : { kind: 'answer_dependent' },
  };
}

/** The calls that read all these keys, each as many of them as one call can. */
export function batchCall(calls: readonly NewCall[], size: number): NewCall {
  const [first] = calls;
  if (first === undefined) throw new Error('There is nothing to read.');
  const keys = calls.reduce((total, { count }) => total + count, 0);
  return {
    ...first,
    key: calls.map(({ key }) => key).join(' '),
    count: Math.ceil(keys / size),
    target: { kind: 'answer_dependent' },
  };
}

/** A call for one page of a list; for one page of several lists, if their owners are unknown. */
export function pageCall(
  { operation, key }: Pick<PricedCall, 'operation' | 'key'>,
  { list, page }: Pick<PageTarget, 'list' | 'page'>,
  owner: Part | null,
): NewCall {
  const isKnown = owner === null || typeof owner === 'string';
  return {
    operation,
    key,
    count: isKnown ? 1 : owner.count,
    further: NOTHING_FURTHER,
    target: isKnown ? { kind: 'page', list, page, owner } : { kind: 'answer_dependent' },
  };
}

export function callKey(operation: UpstreamOperation, key: readonly Part[]): string {
  return `${operation} ${key.map(nameOf).join('/')}`;
}

function nameOf(part: Part): string {
  return typeof part === 'string' ? part : part.name;
}

/** The number of keys that a key with unknown parts stands for. */
export function countOf(key: readonly Part[]): number {
  return Math.max(1, ...key.map((part) => (typeof part === 'string' ? 1 : part.count)));
}

/** Distinct calls, with PAI's pages as large as they are known to be. */
export function distinctCalls(calls: readonly PricedCall[]): number {
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
