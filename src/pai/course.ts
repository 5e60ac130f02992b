// One call in progress: the attempts that it has made, counted in the usage of its operation and in the metrics.
import type { FetchContext } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import { isRenewal, MAX_RETRIES } from './resilience/retry-decision.js';
import { isStale } from './wire-failure.js';

/** The operation and the resource that PAI is asked for. */
export interface Asked {
  readonly operation: UpstreamOperation;
  /** Equal for equal questions only. */
  readonly resource: string;
}

export interface AttemptTerms {
  readonly signal: AbortSignal;
  /** The attempt calls it when the request has left. */
  readonly onSent: () => void;
  /** The connection is made for this attempt. */
  readonly isNewConnection: boolean;
}

export type Attempt<T> = (terms: AttemptTerms) => Promise<T>;

export interface CourseOptions<T> {
  readonly asked: Asked;
  readonly attempt: Attempt<T>;
  readonly context: FetchContext;
  readonly report: Report;
}

export class Course<T> {
  readonly asked;
  readonly context;
  /** Attempts after the first. */
  retries = 0;
  /** The retries that followed a refusal of keys or date. */
  renewals = 0;
  readonly #attempt;
  readonly #report;

  constructor({ asked, attempt, context, report }: CourseOptions<T>) {
    this.asked = asked;
    this.context = context;
    this.#attempt = attempt;
    this.#report = report;
  }

  /** Records that another attempt follows this failure. */
  goesOn(error: unknown): void {
    this.retries += 1;
    if (isRenewal(error)) this.renewals += 1;
    if (!(error instanceof AppError)) return;
    this.#report({ type: 'retry', operation: this.asked.operation, after: error.code });
  }

  /**
   * A kept connection that had ended says nothing about PAI: the attempt is repeated at once over a new connection, in
   * the same turn, and spends no budget. `onSent` is called for both, since PAI may have received the first.
   */
  async send(onSent: () => void): Promise<T> {
    const { signal } = this.context;
    this.#count();
    try {
      return await this.#attempt({ signal, onSent, isNewConnection: false });
    } catch (error) {
      if (!isStale(error) || signal.aborted || this.retries >= MAX_RETRIES) throw error;
      this.goesOn(error);
      this.#count();
      return await this.#attempt({ signal, onSent, isNewConnection: true });
    }
  }

  #count(): void {
    const { usage } = this.context;
    const { operation } = this.asked;
    if (this.retries > 0) {
      usage.retries += 1;
      return;
    }
    usage.calls += 1;
    usage.byOperation[operation] = (usage.byOperation[operation] ?? 0) + 1;
  }
}
