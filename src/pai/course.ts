// One call on its way: the attempts that it has made, counted where its operation and the metrics see them.
import type { Flight } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import { isRenewal, MAX_RETRIES } from './resilience/retry-decision.js';
import { isStale } from './wire-failure.js';

/** What PAI is asked for. */
export interface Asked {
  readonly operation: UpstreamOperation;
  /** Equal for equal questions only. */
  readonly resource: string;
}

export interface AttemptTerms {
  readonly signal: AbortSignal;
  /** Is to be told when the request has left. */
  readonly onSent: () => void;
  /** The connection is made for this attempt. */
  readonly isNewConnection: boolean;
}

export type Attempt<T> = (terms: AttemptTerms) => Promise<T>;

export interface CourseOptions<T> {
  readonly asked: Asked;
  readonly attempt: Attempt<T>;
  readonly flight: Flight;
  readonly report: Report;
}

export class Course<T> {
  readonly asked;
  readonly flight;
  /** Attempts after the first. */
  retries = 0;
  /** Of those, the ones that followed a refusal of keys or date. */
  renewals = 0;
  readonly #attempt;
  readonly #report;

  constructor({ asked, attempt, flight, report }: CourseOptions<T>) {
    this.asked = asked;
    this.flight = flight;
    this.#attempt = attempt;
    this.#report = report;
  }

  /** Another attempt follows this failure. */
  goesOn(error: unknown): void {
    this.retries += 1;
    if (isRenewal(error)) this.renewals += 1;
    if (!(error instanceof AppError)) return;
    this.#report({ type: 'retry', operation: this.asked.operation, after: error.code });
  }

  /**
   * A kept connection that had ended says nothing of PAI: the attempt is made again at once over a new one, with the
   * turn that it has, and spends no budget. `onSent` is told of both, since PAI may have received the first.
   */
  async send(onSent: () => void): Promise<T> {
    const { signal } = this.flight;
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
    const { usage } = this.flight;
    const { operation } = this.asked;
    if (this.retries > 0) {
      usage.retries += 1;
      return;
    }
    usage.calls += 1;
    usage.byOperation[operation] = (usage.byOperation[operation] ?? 0) + 1;
  }
}
