// Limits the retries that an outage may add: a share of the first attempts of the last seconds, with a minimum.

export interface RetryBudget {
  countFirstAttempt(): void;
  /** Takes one retry out of the budget; false: the budget is empty. */
  take(): boolean;
}

const WINDOW_MS = 10_000;
const SHARE = 0.2;
const FLOOR = 10;

export function createRetryBudget(now: () => number): RetryBudget {
  const firsts: number[] = [];
  const retries: number[] = [];
  return {
    countFirstAttempt() {
      firsts.push(now());
      forgetBefore(firsts, now() - WINDOW_MS);
    },
    take() {
      const since = now() - WINDOW_MS;
      forgetBefore(firsts, since);
      forgetBefore(retries, since);
      if (retries.length >= Math.max(FLOOR, Math.floor(firsts.length * SHARE))) return false;
      retries.push(now());
      return true;
    },
  };
}

/** Times are in order, so that the old ones are in front. */
function forgetBefore(times: number[], since: number): void {
  const kept = times.findIndex((time) => time > since);
  times.splice(0, kept === -1 ? times.length : kept);
}
