// What stands between a read and its attempts over the wire, and counts both.
import type { Call } from '../domain/call.js';
import type { UpstreamOperation } from '../domain/events.js';

export type Attempt<T> = (signal: AbortSignal) => Promise<T>;

export interface Policy {
  run<T>(operation: UpstreamOperation, attempt: Attempt<T>, call: Call): Promise<T>;
}

/** One attempt, no more. */
export function singleAttempt(): Policy {
  return {
    run(operation, attempt, { signal, usage }) {
      usage.calls += 1;
      usage.byOperation[operation] = (usage.byOperation[operation] ?? 0) + 1;
      return attempt(signal);
    },
  };
}
