// How many upstream calls one operation may begin, and what it had to leave out for it.
import { AppError } from './errors.js';

export interface Budget {
  left: number;
  /** As it was given. */
  readonly calls: number;
  readonly omitted: Omitted;
}

/** What was not read. */
export interface Omitted {
  /** Of models and versions, in the order in which they were asked for. */
  readonly ids: Set<string>;
  /** Whether lists of models, which have no id, are among it. */
  hasLists: boolean;
}

export function createBudget(calls: number): Budget {
  return { left: calls, calls, omitted: { ids: new Set(), hasLists: false } };
}

/** Not an error of the field that met it: the operation tells all that it left out in one. */
export class BudgetSpent extends AppError {
  constructor() {
    super('RATE_LIMITED', 'The budget of upstream calls is spent.');
  }
}

/** Throws BudgetSpent. */
export function spendCall(budget: Budget): void {
  if (budget.left < 1) throw new BudgetSpent();
  budget.left -= 1;
}
