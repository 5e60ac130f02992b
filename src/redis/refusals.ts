// What Redis refuses just now, by the effect that the refused commands have. It talks to nobody.
import type { RedisReason } from '../domain/redis-state.js';

/** Full memory refuses what stores and lets the rest pass; a replica refuses both that change something. */
export type Effect = 'read' | 'store' | 'remove';

export interface Refusals {
  refused(effect: Effect, reason: RedisReason): void;
  /** A command of this effect succeeded; `isFresh`: as the first one of its connection. */
  worked(effect: Effect, isFresh: boolean): void;
  effects(): Effect[];
  /** null: nothing is refused. */
  reason(): RedisReason | null;
}

interface Refusal {
  readonly reason: RedisReason;
  /** When anything of this effect was refused. */
  readonly at: number;
  /** When it was for this reason. */
  readonly seenAt: number;
}

/**
 * A Redis at the edge of its memory refuses every second command, and a node of a cluster all keys of others:
 * only after so long without a refusal does a success end it, or state and log would change each time.
 */
const QUIET_MS = 2000;

export function createRefusals(monotonic: () => number): Refusals {
  const last = new Map<Effect, Refusal>();
  return {
    refused(effect, reason) {
      const at = monotonic();
      const known = last.get(effect);
      // One Redis may have several reasons by turns, as a node of a cluster has; the first one is told.
      const isOther =
        known !== undefined &&
        known.reason !== reason &&
        known.reason !== 'TIMEOUT' &&
        at - known.seenAt < QUIET_MS;
      last.set(effect, isOther ? { ...known, at } : { reason, at, seenAt: at });
    },
    worked(effect, isFresh) {
      const refusal = last.get(effect);
      if (refusal === undefined) return;
      if (isFresh || monotonic() - refusal.at >= QUIET_MS) last.delete(effect);
    },
    effects: () => [...last.keys()],
    reason: () => last.values().next().value?.reason ?? null,
  };
}
