// One connection to Redis that is allowed to fail: each command is answered in time or not at all, and its caller
// continues without the answer. It knows which commands Redis refuses, and no keys except that of its own check.
import { Redis, ReplyError } from 'ioredis';
import type { RedisReason, RedisState } from '../domain/events.js';
import { createRefusals, type Effect, reasonOf } from './refusals.js';
import { waitFor } from './wait-for.js';

export type { Effect };

export interface RedisConnection {
  /**
   * undefined: Redis did not answer in time, or it refused; nothing is thrown. A later answer is passed to
   * `onLate`.
   */
  ask<T>(
    effect: Effect,
    command: (client: Redis) => Promise<T>,
    onLate?: (answer: T) => void,
  ): Promise<T | undefined>;
  state(): RedisState;
  /** The time of the last change to or from up, by the monotonic clock; minus infinity: it has never been up. */
  changedAt(): number;
  /** Resolves when the state of Redis is known for the first time. */
  readonly known: Promise<void>;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly url: string;
  /** How long a command waits for its answer. */
  readonly answerMs: number;
  readonly onState: (state: RedisState) => void;
  /** Called for each error reply and for each command without a reply in time. */
  readonly onError: (reason: RedisReason) => void;
  readonly monotonic: () => number;
}

const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_MS = 500;
/** A connection on which a command is this late is replaced by a new one: its other end may no longer exist. */
const DEAD_AFTER_MS = 1000;
/** A connection that is closed is destroyed after this time: a peer that hangs never ends its side. */
const DISCONNECT_MS = 50;
/**
 * The interval at which Redis is checked, also without other commands: an outage that one replica misses is so
 * short that the others are connected again before they start calls without Redis (decision 22).
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

/** `failed`: the connection broke off, and it is unknown whether Redis ran the command. */
type Sent<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'refused' | 'failed' };

class Connection implements RedisConnection {
  readonly known: Promise<void>;
  readonly #options: RedisConnectionOptions;
  readonly #client: Redis;
  readonly #refusals;
  #resolveKnown: () => void = () => {};
  #cause = 'CONNECTING';
  /** Connected, and Redis has answered the check, possibly with a refusal. */
  #isOpen = false;
  /** Redis has refused, and the connection is being replaced for that reason. */
  #isReplacing = false;
  /** The old connection has been closed for that reason, and the next one has no outcome yet. */
  #isReconnecting = false;
  #isClosed = false;
  /** The number of the current connection. */
  #epoch = 0;
  /** The number of commands that have no reply in time, and may still get one. */
  #lateCommands = 0;
  readonly #afterLateReplies: (() => void)[] = [];
  #wasUp = false;
  #changedAt = Number.NEGATIVE_INFINITY;
  #lastRefusal: unknown = null;
  readonly #checks: NodeJS.Timeout;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#refusals = createRefusals(options.monotonic);
    this.known = new Promise((resolve) => {
      this.#resolveKnown = resolve;
    });
    this.#client = new Redis(options.url, {
      enableOfflineQueue: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_MS,
      retryStrategy: () => RECONNECT_MS,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: true,
      // The check below covers more. Without client info, a connection is ready as soon as it is established.
      enableReadyCheck: false,
      disableClientInfo: true,
      // After a failover, the name leads to the new primary; an old connection stays with the old one.
      reconnectOnError: ({ message }) => {
        // Once for each connection, however many commands it refuses.
        if (this.#isReplacing || reasonOf(message) !== 'READONLY') return false;
        this.#isReplacing = true;
        return true;
      },
    });
    this.#checks = setInterval(() => this.#check(), CHECK_MS).unref();
    this.#client.on('ready', () => void this.#onReady());
    this.#client.on('close', () => this.#onClose());
    // ioredis throws an error that has no listener; its text may hold the URL with a password.
    this.#client.on('error', (error: unknown) => this.#onConnectionError(error));
  }

  async ask<T>(
    effect: Effect,
    command: (client: Redis) => Promise<T>,
    onLate?: (answer: T) => void,
  ): Promise<T | undefined> {
    // Redis answers in order: behind a command that is late, all others would be late, too.
    if (!this.#isOpen || this.#lateCommands > 0) return undefined;
    const sent = this.#send(effect, command);
    const { answerMs: limitMs, monotonic } = this.#options;
    const waited = await waitFor(sent, { limitMs, monotonic });
    if (waited === 'settled') return answerOf(await sent);
    if (waited === 'silent') void this.#awaitLateReply(effect, sent);
    void sent.then((late) => {
      if (onLate && late.kind === 'answered') this.#runAfterLateReplies(() => onLate(late.answer));
    });
    return undefined;
  }

  state(): RedisState {
    if (!this.#isOpen && !this.#isReconnecting) return { kind: 'down', cause: this.#cause };
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
    this.#isReconnecting = false;
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
      if (this.#isOpen) this.#publishState();
      return { kind: 'answered', answer };
    } catch (error) {
      if (!isReply(error)) return { kind: 'failed' };
      this.#onRefusal(effect, error);
      return { kind: 'refused' };
    }
  }

  #onRefusal(effect: Effect, error: Error): void {
    // ioredis passes the same AUTH failure to itself and to every command that waits for an answer.
    if (error === this.#lastRefusal) return;
    this.#lastRefusal = error;
    const reason = reasonOf(error.message);
    // Redis refuses the commands behind a refused AUTH because authentication is missing.
    const isUnknown = reason === 'NOAUTH' && new URL(this.#options.url).password !== '';
    this.#refused(effect, isUnknown ? 'WRONGPASS' : reason);
  }

  #refused(effect: Effect, reason: RedisReason): void {
    this.#refusals.refused(effect, reason);
    this.#options.onError(reason);
    this.#publishState();
  }

  /** A command has no answer in time: no other is sent until the reply comes or the connection is replaced. */
  async #awaitLateReply(effect: Effect, sent: Promise<unknown>): Promise<void> {
    const epoch = this.#epoch;
    this.#lateCommands += 1;
    void sent.then(() => this.#onLateReply());
    if (!this.#isOpen) this.#cause = 'TIMEOUT';
    this.#refused(effect, 'TIMEOUT');
    const { monotonic } = this.#options;
    let waited = await waitFor(sent, { limitMs: DEAD_AFTER_MS, monotonic });
    while (waited === 'stalled')
      waited = await waitFor(sent, { limitMs: DEAD_AFTER_MS, monotonic });
    if (waited === 'silent' && epoch === this.#epoch && !this.#isClosed) this.#reconnect();
  }

  #onLateReply(): void {
    this.#lateCommands -= 1;
    if (this.#lateCommands === 0) for (const action of this.#afterLateReplies.splice(0)) action();
  }

  /** The action for a late answer sends a command, and none is sent before all late answers have come. */
  #runAfterLateReplies(action: () => void): void {
    if (this.#lateCommands === 0) action();
    else this.#afterLateReplies.push(action);
  }

  #reconnect(): void {
    this.#epoch += 1;
    this.#isOpen = false;
    this.#cause = 'TIMEOUT';
    this.#client.disconnect(true);
    this.#publishState();
  }

  async #onReady(): Promise<void> {
    const epoch = this.#epoch;
    this.#isReplacing = false;
    const { answerMs: limitMs, monotonic } = this.#options;
    const checked = await Promise.all(
      this.#effectsToCheck().map(async (effect) => {
        const sent = this.#send(effect, CHECKS[effect]);
        if ((await waitFor(sent, { limitMs, monotonic })) === 'silent')
          void this.#awaitLateReply(effect, sent);
        return sent;
      }),
    );
    const isAnswered = checked.every(({ kind }) => kind !== 'failed');
    if (epoch !== this.#epoch || this.#isClosed || !isAnswered) return;
    this.#isOpen = true;
    this.#isReconnecting = false;
    this.#cause = 'CLOSED';
    this.#publishState();
  }

  #onClose(): void {
    this.#epoch += 1;
    this.#isOpen = false;
    this.#isReconnecting = this.#isReplacing;
    this.#isReplacing = false;
    if (this.#cause === 'CONNECTING') this.#cause = 'CLOSED';
    this.#publishState();
  }

  #onConnectionError(error: unknown): void {
    if (isReply(error)) {
      // A refusal of AUTH or SELECT; ioredis connects again after a refused AUTH.
      this.#isReplacing = true;
      this.#onRefusal('store', error);
      return;
    }
    this.#isReplacing = false;
    this.#cause = codeOf(error);
  }

  /** A store needs the most of Redis; the other effects are checked only after a refusal. */
  #effectsToCheck(): Effect[] {
    return [...new Set<Effect>(['store', ...this.#refusals.effects()])];
  }

  #check(): void {
    for (const effect of this.#effectsToCheck()) void this.ask(effect, CHECKS[effect]);
  }

  #publishState(): void {
    if (this.#isClosed) return;
    const state = this.state();
    const isUp = state.kind === 'up';
    if (isUp !== this.#wasUp) this.#changedAt = this.#options.monotonic();
    this.#wasUp = isUp;
    if (state.kind === 'down' && state.cause === 'CONNECTING') return;
    this.#options.onState(state);
    this.#resolveKnown();
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
