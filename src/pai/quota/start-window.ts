// Limits the starts in any one second: the sliding window of one operation and account, in this process and, with
// Redis, for all replicas together. While Redis does not work, each replica uses only its share (decision 22).
import { randomUUID } from 'node:crypto';
import type { QuotaState } from '../../domain/call.js';
import { type Rate, type SharedOptions, SharedStarts } from './shared-starts.js';

export interface StartWindowOptions extends Rate {
  /** null: this process counts alone. */
  readonly shared: SharedOptions | null;
}

export class StartWindow {
  readonly #options;
  readonly #shared;
  /** The times of the starts that were sent, in order. */
  #sentAt: number[] = [];
  /**
   * The names of the starts that are taken and not sent. A process that stands still may send each of them at any time,
   * so they do not leave the window.
   */
  readonly #unsent = new Set<string>();
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** The starts of other replicas, as the last reply of Redis tells. */
  #others = { count: 0, until: Number.NEGATIVE_INFINITY };

  constructor(options: StartWindowOptions) {
    this.#options = options;
    this.#shared = options.shared && new SharedStarts({ ...options, ...options.shared });
  }

  /** Takes a start, if this process alone can decide that one is available; false: ask `reserve`. */
  takeNow(): boolean {
    return this.#shared === null && this.#take(randomUUID()) === 0;
  }

  /** Takes a start now and gives 0, or gives the milliseconds after which to ask again. */
  async reserve(): Promise<number> {
    // Whether or not Redis grants a start, this replica alone must not exceed the rate.
    const name = randomUUID();
    const ownMs = this.#take(name);
    if (ownMs > 0 || this.#shared === null) return ownMs;
    const reserved = await this.#shared.reserve(name);
    if (reserved?.waitMs !== 0) this.#unsent.delete(name);
    if (reserved === undefined) return this.#shared.untilAloneMs() || this.#take(randomUUID());
    this.#noteOthers(reserved.taken);
    if (reserved.isPause) this.#pauseHere(reserved.waitMs);
    return reserved.waitMs;
  }

  /** Gives back the start that was taken last and is not made. */
  giveBack(): void {
    const name = [...this.#unsent].at(-1);
    if (name === undefined) return;
    this.#unsent.delete(name);
    this.#shared?.giveBack(name);
  }

  /** Records that a taken start was sent: PAI counts it from when it arrives, not from when its turn came. */
  sent(): void {
    const [name = randomUUID()] = this.#unsent;
    this.#unsent.delete(name);
    this.#sentAt.push(this.#options.monotonic());
    this.#shared?.sent(name);
  }

  /** Allows no start for `ms`: PAI throttles the whole account. */
  pause(ms: number): void {
    this.#pauseHere(ms);
    if (ms > 0) this.#shared?.pause(ms);
  }

  /** The milliseconds that a pause still lasts, as far as this process knows. */
  pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#options.monotonic());
  }

  state(): QuotaState {
    const perSecond = this.#rate();
    const others = this.#options.monotonic() < this.#others.until ? this.#others.count : 0;
    const available = this.pausedMs() > 0 ? 0 : perSecond - this.own() - others;
    return { perSecond, available: Math.max(0, available) };
  }

  /** The least milliseconds until `count` further starts can have been taken, as far as this process knows. */
  leastWaitMs(count: number): number {
    const { windowMs } = this.#options;
    const rate = this.#rate();
    const leaving = this.#leaveInMs();
    // Each group of `rate` starts takes one more window.
    const windows = Math.max(0, Math.ceil((count - rate) / rate));
    // This many starts must leave first. Unsent starts leave after a whole window at the earliest.
    const before = leaving.length + this.#unsent.size + count - windows * rate - rate;
    const waitMs = before <= 0 ? 0 : (leaving[before - 1] ?? windowMs);
    return Math.max(this.pausedMs(), windows * windowMs + waitMs);
  }

  /** The starts in the window that this process has taken. */
  own(): number {
    return this.#unsent.size + this.#leaveInMs().length;
  }

  /** `taken`: by all replicas. Those of others leave the window at times that this process does not know. */
  #noteOthers(taken: number): void {
    const { monotonic, windowMs } = this.#options;
    this.#others = { count: Math.max(0, taken - this.own()), until: monotonic() + windowMs };
  }

  #rate(): number {
    return this.#shared?.rate() ?? this.#options.ratePerSecond;
  }

  #take(name: string): number {
    const waitMs = this.leastWaitMs(1);
    if (waitMs === 0) this.#unsent.add(name);
    return waitMs;
  }

  #pauseHere(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.monotonic() + ms);
  }

  /** The milliseconds until each start that was sent leaves the window, in order. */
  #leaveInMs(): number[] {
    const beginsAt = this.#options.monotonic() - this.#options.windowMs;
    this.#sentAt = this.#sentAt.filter((at) => at > beginsAt);
    return this.#sentAt.map((at) => at - beginsAt);
  }
}
