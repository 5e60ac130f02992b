// Whether an upstream fails for many things: of the last seconds, the latest outcome of each thing that was asked for.

export interface FailureWindow {
  note(resource: string, failed: boolean): void;
  isOutage(): boolean;
  clear(): void;
}

const WINDOW_MS = 10_000;
/** So many different resources have to fail, since a few may fail by themselves while PAI is well. */
const MIN_FAILED = 10;
const MAX_FAILED_SHARE = 0.5;

interface Latest {
  readonly at: number;
  readonly failed: boolean;
}

/** A resource counts once, however often it is asked for: one broken model is one failure. */
export function createFailureWindow(now: () => number): FailureWindow {
  // In order of time, so that what leaves the window is in front.
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
