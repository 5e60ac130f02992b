// How many upstream calls one operation may begin, and the reads that it left out for lack of them.
import { AppError } from './errors.js';

export interface Budget {
  left: number;
  /** The initial number of calls. */
  readonly calls: number;
  readonly omitted: Omitted;
}

/** The things that were not read. */
export interface Omitted {
  /** The ids of models and versions, in the order in which they were asked for. */
  readonly ids: Set<string>;
  /** Whether lists of models, which have no id, are among them. */
  hasLists: boolean;
}

export function createBudget(calls: number): Budget {
  return { left: calls, calls, omitted: { ids: new Set(), hasLists: false } };
}

/** Not an error of the field that meets it: the operation reports all that it left out in one error. */
export class BudgetSpent extends AppError {
  constructor() {
    super('RATE_LIMITED', 'The budget of upstream calls is used up.');
  }
}

/** Throws BudgetSpent. */
export function spendCall(budget: Budget): void {
  if (budget.left < 1) throw new BudgetSpent();
  budget.left -= 1;
}
