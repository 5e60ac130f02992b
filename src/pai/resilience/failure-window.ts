// Decides whether an upstream fails for many resources: it keeps the latest outcome of each in the last seconds.

export interface FailureWindow {
  note(resource: string, failed: boolean): void;
  isOutage(): boolean;
  clear(): void;
}

const WINDOW_MS = 10_000;
/** The least number of different failed resources, since a few may fail for their own reasons while PAI works. */
const MIN_FAILED = 10;
const MAX_FAILED_SHARE = 0.5;

interface Latest {
  readonly at: number;
  readonly failed: boolean;
}

/** A resource counts once, however often it is requested: one broken model is one failure. */
export function createFailureWindow(now: () => number): FailureWindow {
  // In order of time, so that outcomes that leave the window are in front.
  const latest = new Map<string, Latest>();
  let failures = 0;

  function remove(resource: string): void {
    if (latest.get(resource)?.failed) failures -= 1;
    latest.delete(resource);
  }

  function forget(): void {
    const since = now() - WINDOW_MS;
    for (const [resource, { at }] of latest) {
      if (at > since) return;
      remove(resource);
    }
  }

  return {
    note(resource, failed) {
      remove(resource);
      latest.set(resource, { at: now(), failed });
      if (failed) failures += 1;
      forget();
    },
    isOutage() {
      forget();
      return failures >= MIN_FAILED && failures > latest.size * MAX_FAILED_SHARE;
    },
    clear() {
      latest.clear();
      failures = 0;
    },
  };
}
