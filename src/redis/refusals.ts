// The refusals of Redis: the reason of an error reply, and those that hold at present, by the effect of the refused
// commands. It opens no connection and keeps no part of a reply's text.
import { REDIS_REASONS, type RedisReason } from '../domain/events.js';

const KNOWN: ReadonlySet<string> = new Set(REDIS_REASONS);

/** With full memory, Redis refuses commands that store and runs the rest; a replica refuses both kinds of change. */
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
  /** The time of the latest refusal of this effect. */
  readonly at: number;
  /** The time of the latest refusal for this reason. */
  readonly seenAt: number;
}

/**
 * A Redis at the limit of its memory refuses every second command, and a cluster node all keys of other nodes.
 * A success ends the refusal only after this time without another; otherwise state and log would change each time.
 */
const QUIET_MS = 2000;

export function createRefusals(monotonic: () => number): Refusals {
  const last = new Map<Effect, Refusal>();
  return {
    refused(effect, reason) {
      const at = monotonic();
      const known = last.get(effect);
      // One Redis may alternate between several reasons, as a cluster node does; the first one is reported.
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

/** The reason of an error reply: one of a bounded set. */
export function reasonOf(reply: string): RedisReason {
  // Before Redis 7 the reply of a script has the code of the command that failed inside the text.
  for (const pattern of [/^([A-Z]+)\b/, /-([A-Z]+) /]) {
    const word = pattern.exec(reply)?.[1];
    if (word !== undefined && isReason(word)) return word;
  }
  // A missing right of a script has no code: the first text is of Redis 7.0 and earlier, the second of later ones.
  const isRight = /user executing the script can't|ACL failure in script/.test(reply);
  return isRight ? 'NOPERM' : 'OTHER';
}

function isReason(word: string): word is RedisReason {
  return KNOWN.has(word);
}
