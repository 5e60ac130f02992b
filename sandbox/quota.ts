// Counts calls per operation and account in a sliding second; refuses those beyond the quota.
import { Refused } from './answers.js';

const WINDOW_MS = 1000;

/** Throws Throttling.User when the call exceeds the quota; refused calls do not count. */
export type Quota = (account: string, operation: string, nowMs: number) => void;

export function createQuota(perSecond: number): Quota {
  const startsByCaller = new Map<string, number[]>();

  return (account, operation, nowMs) => {
    const caller = `${operation} ${account}`;
    const recent = (startsByCaller.get(caller) ?? []).filter((start) => nowMs - start < WINDOW_MS);
    startsByCaller.set(caller, recent);
    if (recent.length < perSecond) {
      recent.push(nowMs);
      return;
    }
    const oldest = recent[0] ?? nowMs;
    const retryAfterMs = Math.max(1, Math.ceil(oldest + WINDOW_MS - nowMs));
    throw new Refused(400, 'Throttling.User', 'Request was denied due to user flow control.', {
      'x-acs-retry-after': String(retryAfterMs),
    });
  };
}
