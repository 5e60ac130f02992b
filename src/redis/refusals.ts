// The refusals of Redis: the reason of an error reply, and the one that holds at present. It opens no connection and
// keeps no part of a reply's text.
import { REDIS_REASONS, type RedisReason } from '../domain/events.js';

/**
 * A Redis at the limit of its memory refuses every second command, and a cluster node all keys of other nodes.
 * A success ends a refusal only after this time without another; otherwise state and log would change each time.
 */
const QUIET_MS = 2000;

interface Refusal {
  readonly reason: RedisReason;
  /** The time of the latest refusal. */
  readonly at: number;
  /** The time of the latest refusal for this reason. */
  readonly seenAt: number;
}

export class Refusals {
  readonly #monotonic;
  #latest: Refusal | null = null;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** null: nothing is refused. */
  reason(): RedisReason | null {
    return this.#latest?.reason ?? null;
  }

  refused(reason: RedisReason): void {
    const at = this.#monotonic();
    const known = this.#latest;
    // One Redis may alternate between several reasons, as a cluster node does; the first one is reported.
    const isOther =
      known !== null &&
      known.reason !== reason &&
      known.reason !== 'TIMEOUT' &&
      at - known.seenAt < QUIET_MS;
    this.#latest = isOther ? { ...known, at } : { reason, at, seenAt: at };
  }

  /** Redis has taken all kinds of commands. Gives the time of the latest refusal, if they end with it. */
  endIfQuiet(): number | null {
    const at = this.#latest?.at;
    if (at === undefined || this.#monotonic() - at < QUIET_MS) return null;
    this.end();
    return at;
  }

  end(): void {
    this.#latest = null;
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
