// One connection to Redis that is allowed to fail: each command is answered in time or not at all, and its
// caller goes on without. It knows what Redis refuses, and no keys but that of its own check.
import { Redis, ReplyError } from 'ioredis';
import type { RedisReason, RedisState } from '../domain/redis-state.js';
import { waitFor } from './patience.js';
import { reasonOf } from './reason.js';
import { createRefusals, type Effect } from './refusals.js';

export type { Effect };

export interface RedisConnection {
  /**
   * undefined: Redis did not answer in time, or it refused; nothing is thrown. An answer that comes after
   * that goes to `onLate`.
   */
  ask<T>(
    effect: Effect,
    command: (client: Redis) => Promise<T>,
    onLate?: (answer: T) => void,
  ): Promise<T | undefined>;
  state(): RedisState;
  /** When it last became up or ceased to be, by the monotonic clock; minus infinity: it has never been up. */
  changedAt(): number;
  /** Resolves when it is known for the first time how Redis is. */
  readonly known: Promise<void>;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly url: string;
  /** How long a command waits for its answer. */
  readonly answerMs: number;
  readonly onState: (state: RedisState) => void;
  /** Each error reply, and each command without a reply in time. */
  readonly onError: (reason: RedisReason) => void;
  readonly monotonic: () => number;
}

const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_MS = 500;
/** A connection on which a command is so late is given up for a new one: its other end may have vanished. */
const GIVE_UP_MS = 1000;
/** A connection that is left is destroyed after so long: a peer that hangs never ends its side. */
const LEAVE_MS = 50;
/**
 * So often Redis is asked whether it works, also where nobody asks: an outage that one replica misses is so short
 * that the others are connected again before they start calls without Redis (decision 22).
 */
const CHECK_MS = 500;

const CHECK_KEY = 'pai-model-graph:check';
const CHECK_SCRIPT = `redis.call('SET', KEYS[1], '1', 'PX', 1)`;
const CHECKS: Readonly<Record<Effect, (client: Redis) => Promise<unknown>>> = {
  read: (client) => client.mget(CHECK_KEY),
  store: (client) => client.eval(CHECK_SCRIPT, 1, CHECK_KEY),
  remove: (client) => client.del(CHECK_KEY),
};

export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  return new Connection(options);
}

/** `failed`: the connection broke off, and nobody knows whether Redis ran the command. */
type Sent<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'refused' | 'failed' };

class Connection implements RedisConnection {
  readonly known: Promise<void>;
  readonly #options: RedisConnectionOptions;
  readonly #client: Redis;
  readonly #refusals;
  #tellKnown: () => void = () => {};
  #cause = 'CONNECTING';
  /** Connected, and the check has been answered, be it with a refusal. */
  #isOpen = false;
  /** Redis has refused, and the connection is left for a new one because of that. */
  #isLeaving = false;
  /** It has been left because of that, and there is no outcome of the next one yet. */
  #isBetween = false;
  #isClosed = false;
  /** Counts connections. */
  #epoch = 0;
  /** Commands whose time is over and that Redis may still answer. */
  #overdue = 0;
  readonly #postponed: (() => void)[] = [];
  #wasUp = false;
  #changedAt = Number.NEGATIVE_INFINITY;
  #lastRefusal: unknown = null;
  readonly #checks: NodeJS.Timeout;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#refusals = createRefusals(options.monotonic);
    this.known = new Promise((resolve) => {
      this.#tellKnown = resolve;
    });
    this.#client = new Redis(options.url, {
      enableOfflineQueue: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: LEAVE_MS,
      retryStrategy: () => RECONNECT_MS,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: true,
      // The check below asks more. Without client info a connection is ready as soon as it stands.
      enableReadyCheck: false,
      disableClientInfo: true,
      // The name of a primary that failed over leads to the new one; an old connection stays with the old one.
      reconnectOnError: ({ message }) => {
        // Once for each connection, however many commands it refuses.
        if (this.#isLeaving || reasonOf(message) !== 'READONLY') return false;
        this.#isLeaving = true;
        return true;
      },
    });
    this.#checks = setInterval(() => this.#check(), CHECK_MS).unref();
    this.#client.on('ready', () => void this.#onReady());
    this.#client.on('close', () => this.#onClose());
    // ioredis throws an error that nobody listens to; its text may hold the URL with a password.
    this.#client.on('error', (error: unknown) => this.#onConnectionError(error));
  }

  async ask<T>(
    effect: Effect,
    command: (client: Redis) => Promise<T>,
    onLate?: (answer: T) => void,
  ): Promise<T | undefined> {
    // Redis answers in order: behind a command that is late all others would be late, too.
    if (!this.#isOpen || this.#overdue > 0) return undefined;
    const sent = this.#send(effect, command);
    const { answerMs: limitMs, monotonic } = this.#options;
    const waited = await waitFor(sent, { limitMs, monotonic });
    if (waited === 'settled') return answerOf(await sent);
    if (waited === 'silent') void this.#outwait(effect, sent);
    void sent.then((late) => {
      if (onLate && late.kind === 'answered') this.#whenFree(() => onLate(late.answer));
    });
    return undefined;
  }

  state(): RedisState {
    if (!this.#isOpen && !this.#isBetween) return { kind: 'down', cause: this.#cause };
    const reason = this.#refusals.reason();
    if (reason !== null) return { kind: 'degraded', reason };
    return this.#isOpen ? { kind: 'up' } : { kind: 'down', cause: this.#cause };
  }

  changedAt(): number {
    return this.#changedAt;
  }

  close(): void {
    this.#isClosed = true;
    this.#isOpen = false;
    this.#isBetween = false;
    this.#cause = 'CLOSED';
    clearInterval(this.#checks);
    this.#client.disconnect();
  }

  /** Never rejects. */
  async #send<T>(effect: Effect, command: (client: Redis) => Promise<T>): Promise<Sent<T>> {
    const epoch = this.#epoch;
    try {
      const answer = await command(this.#client);
      this.#refusals.worked(effect, epoch === this.#epoch && !this.#isOpen);
      if (this.#isOpen) this.#tell();
      return { kind: 'answered', answer };
    } catch (error) {
      if (!isReply(error)) return { kind: 'failed' };
      this.#onRefusal(effect, error);
      return { kind: 'refused' };
    }
  }

  #onRefusal(effect: Effect, error: Error): void {
    // ioredis hands one and the same failure of AUTH to itself and to all who wait for an answer.
    if (error === this.#lastRefusal) return;
    this.#lastRefusal = error;
    const reason = reasonOf(error.message);
    // What was sent behind a refused AUTH is refused for want of one.
    const isUnknown = reason === 'NOAUTH' && new URL(this.#options.url).password !== '';
    this.#refused(effect, isUnknown ? 'WRONGPASS' : reason);
  }

  #refused(effect: Effect, reason: RedisReason): void {
    this.#refusals.refused(effect, reason);
    this.#options.onError(reason);
    this.#tell();
  }

  /** A command has had no answer in time: until it has one, none is asked; then the connection is given up. */
  async #outwait(effect: Effect, sent: Promise<unknown>): Promise<void> {
    const epoch = this.#epoch;
    this.#overdue += 1;
    void sent.then(() => this.#onLate());
    if (!this.#isOpen) this.#cause = 'TIMEOUT';
    this.#refused(effect, 'TIMEOUT');
    const { monotonic } = this.#options;
    let waited = await waitFor(sent, { limitMs: GIVE_UP_MS, monotonic });
    while (waited === 'stalled') waited = await waitFor(sent, { limitMs: GIVE_UP_MS, monotonic });
    if (waited === 'silent' && epoch === this.#epoch && !this.#isClosed) this.#giveUp();
  }

  #onLate(): void {
    this.#overdue -= 1;
    if (this.#overdue === 0) for (const action of this.#postponed.splice(0)) action();
  }

  /** What is done about a late answer asks Redis again, and it is not asked before all have come. */
  #whenFree(action: () => void): void {
    if (this.#overdue === 0) action();
    else this.#postponed.push(action);
  }

  #giveUp(): void {
    this.#epoch += 1;
    this.#isOpen = false;
    this.#cause = 'TIMEOUT';
    this.#client.disconnect(true);
    this.#tell();
  }

  async #onReady(): Promise<void> {
    const epoch = this.#epoch;
    this.#isLeaving = false;
    const { answerMs: limitMs, monotonic } = this.#options;
    const checked = await Promise.all(
      this.#checked().map(async (effect) => {
        const sent = this.#send(effect, CHECKS[effect]);
        if ((await waitFor(sent, { limitMs, monotonic })) === 'silent')
          void this.#outwait(effect, sent);
        return sent;
      }),
    );
    const isAnswered = checked.every(({ kind }) => kind !== 'failed');
    if (epoch !== this.#epoch || this.#isClosed || !isAnswered) return;
    this.#isOpen = true;
    this.#isBetween = false;
    this.#cause = 'CLOSED';
    this.#tell();
  }

  #onClose(): void {
    this.#epoch += 1;
    this.#isOpen = false;
    this.#isBetween = this.#isLeaving;
    this.#isLeaving = false;
    if (this.#cause === 'CONNECTING') this.#cause = 'CLOSED';
    this.#tell();
  }

  #onConnectionError(error: unknown): void {
    if (isReply(error)) {
      // AUTH or SELECT; ioredis connects again after a refused AUTH.
      this.#isLeaving = true;
      this.#onRefusal('store', error);
      return;
    }
    this.#isLeaving = false;
    this.#cause = codeOf(error);
  }

  /** To store is the most that is asked of Redis; the rest matters where it was refused. */
  #checked(): Effect[] {
    return [...new Set<Effect>(['store', ...this.#refusals.effects()])];
  }

  #check(): void {
    for (const effect of this.#checked()) void this.ask(effect, CHECKS[effect]);
  }

  #tell(): void {
    if (this.#isClosed) return;
    const state = this.state();
    const isUp = state.kind === 'up';
    if (isUp !== this.#wasUp) this.#changedAt = this.#options.monotonic();
    this.#wasUp = isUp;
    if (state.kind === 'down' && state.cause === 'CONNECTING') return;
    this.#options.onState(state);
    this.#tellKnown();
  }
}

function answerOf<T>(sent: Sent<T>): T | undefined {
  return sent.kind === 'answered' ? sent.answer : undefined;
}

function isReply(error: unknown): error is Error {
  return error instanceof ReplyError;
}

/** The code of a system error or of TLS; never its text, which may name hosts. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'CLOSED';
}
