// The refusals of Redis: the reason of an error reply, and those that hold at present, by the effect of the refused
// commands. It opens no connection and keeps no part of a reply's text.
import { REDIS_REASONS, type RedisReason } from '../domain/events.js';

/** With full memory, Redis refuses commands that store and runs the rest; a replica refuses both kinds of change. */
export type Effect = 'read' | 'store' | 'remove';

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

export class Refusals {
  readonly #monotonic;
  readonly #latest = new Map<Effect, Refusal>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  refused(effect: Effect, reason: RedisReason): void {
    const at = this.#monotonic();
    const known = this.#latest.get(effect);
    // One Redis may alternate between several reasons, as a cluster node does; the first one is reported.
    const isOther =
      known !== undefined &&
      known.reason !== reason &&
      known.reason !== 'TIMEOUT' &&
      at - known.seenAt < QUIET_MS;
    this.#latest.set(effect, isOther ? { ...known, at } : { reason, at, seenAt: at });
  }

  /** A command of this effect succeeded; `isFresh`: as the first one of its connection. */
  worked(effect: Effect, isFresh: boolean): void {
    const refusal = this.#latest.get(effect);
    if (refusal === undefined) return;
    if (isFresh || this.#monotonic() - refusal.at >= QUIET_MS) this.#latest.delete(effect);
  }

  effects(): Effect[] {
    return [...this.#latest.keys()];
  }

  /** null: nothing is refused. */
  reason(): RedisReason | null {
    return this.#latest.values().next().value?.reason ?? null;
  }
}

/** The reason of an error reply: one of a bounded set. */
export function reasonOf(reply: string): RedisReason {
  // Before Redis 7 the reply of a script has the code of the command that failed inside the text.
  for (const pattern of [/^([A-Z]+)\b/, /-([A-Z]+) /]) {
    const word = pattern.exec(reply)?.[1];
    const reason = REDIS_REASONS.find((known) => known === word);
    if (reason !== undefined) return reason;
  }
  // A missing right of a script has no code: the first text is of Redis 7.0 and earlier, the second of later ones.
  const isRight = /user executing the script can't|ACL failure in script/.test(reply);
  return isRight ? 'NOPERM' : 'OTHER';
}
