// The call of one operation at its start. A class, since a getter in a literal costs 10 µs for each object.
import { createBudget } from './budget.js';
import { type CacheDependency, type Call, createUsage, type RequestCacheControl } from './call.js';
import type { Caller } from './caller.js';

export interface CallStart {
  readonly requestId: string;
  readonly caller: Caller;
  /** By the monotonic clock. */
  readonly deadlineAt: number;
  readonly cacheControl: RequestCacheControl;
  readonly deadline: { readonly signal: AbortSignal };
  /** Notes the fresh answers of the cache that the operation reads; null: they are not noted. */
  readonly parts: CacheDependency[] | null;
}

export class OperationCall implements Call {
  readonly requestId;
  readonly caller;
  readonly deadlineAt;
  readonly cacheControl;
  readonly parts;
  readonly budget;
  readonly usage = createUsage();
  readonly validity = { seconds: null };
  readonly selections = { count: 0 };
  opened: object | null = null;
  readonly #deadline;

  /** `calls`: the number of upstream calls that the operation may begin. */
  constructor(start: CallStart, calls: number) {
    const { requestId, caller, deadlineAt, cacheControl, deadline, parts } = start;
    this.requestId = requestId;
    this.caller = caller;
    this.deadlineAt = deadlineAt;
    this.cacheControl = cacheControl;
    this.parts = parts;
    this.budget = createBudget(calls);
    this.#deadline = deadline;
  }

  /** Created on first access, and left out where the call is spread. */
  get signal(): AbortSignal {
    return this.#deadline.signal;
  }
}
