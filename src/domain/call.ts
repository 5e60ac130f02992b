// The context that one GraphQL operation passes with every read: its deadline, the freshness that an answer must have,
// the caller, the budget, and the figures of cost and freshness for its response.
import type { Caller } from './caller.js';
import { AppError } from './errors.js';
import type { Origin } from './span.js';

/** The upstream cost of an operation; shown to the caller as `extensions.upstream`. */
export interface Usage {
  /** First attempts over the wire. */
  calls: number;
  /** Reads served from the cache, fresh. */
  cached: number;
  /** Reads that joined the fetch of another operation. */
  coalesced: number;
  /** Reads served from the cache past their freshness. */
  stale: number;
  /** Attempts after the first. */
  retries: number;
  /** Time spent waiting for quota, summed over calls, in milliseconds. */
  waitMs: number;
  /** The calls that one call for each selection would have made, minus the calls made. */
  saved: number;
  /** First attempts by PAI operation. */
  byOperation: Record<string, number>;
  /** Of the operation among those that has the fewest calls left, once all is read; null: no call was made. */
  quota: QuotaState | null;
}

/** The calls of one operation of PAI, as far as this process knows. */
export interface QuotaState {
  /** The calls that may start in a second, for all callers of the account. */
  readonly perSecond: number;
  /** Those of them that may start now. */
  readonly available: number;
}

export function createUsage(): Usage {
  return {
    calls: 0,
    cached: 0,
    coalesced: 0,
    stale: 0,
    retries: 0,
    waitMs: 0,
    saved: 0,
    byOperation: {},
    quota: null,
  };
}

/** The `Cache-Control` of the request. */
export interface RequestCacheControl {
  /** Only an answer that PAI gives now is accepted. */
  readonly noCache: boolean;
  /** Replaces both stale windows; null: not said. */
  readonly maxStaleSeconds: number | null;
}

/** How long others may keep the response. */
interface Validity {
  /** The time for which everything that the operation has read stays fresh; null: it has read nothing. */
  seconds: number | null;
  /** It shows the age of its data, which would be wrong in a stored response. */
  showsAge: boolean;
}

export function limitValidity(validity: Validity, seconds: number): void {
  validity.seconds = Math.max(0, Math.min(seconds, validity.seconds ?? seconds));
}

/** A party that waits for an answer of PAI. */
export interface Requester extends Origin {
  /** The id of its operation; for a fetch, the id of its leader's operation; `span` likewise. */
  readonly requestId: string;
  /** Aborts when the requester stops waiting. Its reason is an AppError wherever a caller may see it. */
  readonly signal: AbortSignal;
  /** By the monotonic clock. */
  readonly deadlineAt: number;
  readonly caller: Caller;
  readonly usage: Usage;
}

/**
 * A fetch for all requesters that wait for the same answer: it aborts when the last of them has left, and has the
 * latest of their deadlines, which changes while they join and leave.
 */
export interface FetchContext extends Requester {
  readonly lanes: Lanes;
}

/** The lanes of the fair queue in which the requesters of one fetch wait. */
export interface Lanes {
  readonly names: Iterable<string>;
  /** Reports every change of `names` while a requester waits, until the returned function is called. */
  watch(onChange: () => void): () => void;
}

export interface Call extends Requester {
  readonly cacheControl: RequestCacheControl;
  readonly validity: Validity;
  readonly budget: Budget;
  /** Reads that one call for each selection would have made. */
  readonly selections: { count: number };
}

interface CallStart
  extends Pick<Call, 'requestId' | 'span' | 'caller' | 'deadlineAt' | 'signal' | 'cacheControl'> {
  /** The number of upstream calls that the operation may begin. */
  readonly budget: number;
}

/** The call of an operation that has not read anything yet. */
export function createCall(start: CallStart): Call {
  const { requestId, span, caller, deadlineAt, signal, cacheControl, budget } = start;
  return {
    requestId,
    span,
    caller,
    deadlineAt,
    signal,
    cacheControl,
    usage: createUsage(),
    validity: { seconds: null, showsAge: false },
    budget: createBudget(budget),
    selections: { count: 0 },
  };
}

export interface Budget {
  left: number;
  /** The initial number of calls. */
  readonly calls: number;
  readonly omitted: Omitted;
}

/** The things that were not read. */
interface Omitted {
  /** The ids of models and versions, in the order in which they were asked for. */
  readonly ids: Set<string>;
  /** Whether lists of models, which have no id, are among them. */
  hasLists: boolean;
}

function createBudget(calls: number): Budget {
  return { left: calls, calls, omitted: { ids: new Set(), hasLists: false } };
}

/** Not an error of the field that meets it: the operation reports all that it left out in one error. */
export class BudgetSpent extends AppError {
  constructor() {
    super('RATE_LIMITED', 'The budget of upstream calls is used up.');
  }
}

/** null in place of a list that the budget left out. `modelId`: of its model, by which a client can ask again. */
export async function unlessOmitted<T>(
  read: Promise<T>,
  { omitted }: Budget,
  modelId: string | null,
): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    if (modelId === null) omitted.hasLists = true;
    else omitted.ids.add(modelId);
    return null;
  }
}

/** Throws BudgetSpent. */
export function spendCall(budget: Budget): void {
  if (budget.left < 1) throw new BudgetSpent();
  budget.left -= 1;
}
