// The call of one operation at its start. A class, since a getter in a literal costs 10 µs for each object.
import { createBudget } from './budget.js';
import { type Call, createUsage, type FreshnessWish, type Part } from './call.js';
import type { Caller } from './caller.js';

export interface CallStart {
  readonly requestId: string;
  readonly caller: Caller;
  /** By the monotonic clock. */
  readonly deadlineAt: number;
  readonly wish: FreshnessWish;
  readonly life: { readonly signal: AbortSignal };
  /** Notes the fresh answers of the cache that the operation reads; null: they are not noted. */
  readonly parts: Part[] | null;
}

export class OperationCall implements Call {
  readonly requestId;
  readonly caller;
  readonly deadlineAt;
  readonly wish;
  readonly parts;
  readonly budget;
  readonly usage = createUsage();
  readonly validity = { seconds: null };
  readonly selections = { count: 0 };
  opened: object | null = null;
  readonly #life;

  /** `calls`: the number of upstream calls that the operation may begin. */
  constructor(start: CallStart, calls: number) {
    const { requestId, caller, deadlineAt, wish, life, parts } = start;
    this.requestId = requestId;
    this.caller = caller;
    this.deadlineAt = deadlineAt;
    this.wish = wish;
    this.parts = parts;
    this.budget = createBudget(calls);
    this.#life = life;
  }

  /** Created on first access, and left out where the call is spread. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }
}
