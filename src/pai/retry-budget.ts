// Limits the retries that an outage adds, over all calls: a share of the calls of the same ten seconds, or a minimum.

const PERIOD_MS = 10_000;
const SHARE = 0.2;
const MINIMUM = 10;

/** `now` is the monotonic clock. */
export function createRetryBudget(now: () => number) {
  let period = { endsAt: Number.NEGATIVE_INFINITY, calls: 0, retries: 0 };

  function current() {
    if (now() >= period.endsAt) period = { endsAt: now() + PERIOD_MS, calls: 0, retries: 0 };
    return period;
  }

  return {
    countCall(): void {
      current().calls += 1;
    },
    /** Takes one retry out of the budget; false: the budget is empty. */
    take(): boolean {
      const counts = current();
      if (counts.retries >= Math.max(MINIMUM, Math.floor(counts.calls * SHARE))) return false;
      counts.retries += 1;
      return true;
    },
  };
}
