// How many upstream calls one operation may begin, and what it had to leave out for it.
import { AppError } from './errors.js';

export interface Budget {
  /** Infinity: the operation was priced before it ran, and nothing stops it. */
  left: number;
  /** Ids of what was not read, in the order in which they were asked for. */
  readonly omitted: Set<string>;
}

export function createBudget(calls: number = Number.POSITIVE_INFINITY): Budget {
  return { left: calls, omitted: new Set() };
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
