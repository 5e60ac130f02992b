// One connection to Redis that is allowed to fail: each command is answered in time or not at all, and its caller
// continues without the answer. It knows which commands Redis refuses, and no keys except that of its own check.
import { ReplyError } from 'ioredis';
import type { RedisReason, RedisState } from '../domain/events.js';
import type { RedisTarget } from '../lib/redis-url.js';
import { systemCodeOf } from '../lib/system-error.js';
import { createClient, type RedisAccess, type RedisClient } from './client.js';
import { Refusals, reasonOf } from './refusals.js';
import { waitForReply } from './wait-for-reply.js';

interface RedisConnectionOptions {
  readonly target: RedisTarget;
  readonly access?: RedisAccess;
  /** How long a command waits for its answer. */
  readonly answerMs: number;
  readonly onState: (state: RedisState) => void;
  /** Called for each error reply and for each command without a reply in time. */
  readonly onError: (reason: RedisReason) => void;
  readonly monotonic: () => number;
}

/** A connection on which a command is this late is replaced by a new one: its other end may no longer exist. */
const DEAD_AFTER_MS = 500;
/**
 * The interval at which Redis is checked, also without other commands: an outage that one replica misses is so
 * short that the others are connected again before they start calls without Redis (decision 22).
 */
const CHECK_MS = 500;

const CHECK_KEY = 'pai-model-graph:check';
/**
 * Stores, reads and removes: a user may lack one right. With full memory, Redis refuses a script that stores, unless it
 * has changed something before.
 */
const CHECK_SCRIPT = `
redis.call('SET', KEYS[1], '1', 'PX', 1)
redis.call('MGET', KEYS[1])
redis.call('DEL', KEYS[1])
`;
const check = (client: RedisClient) => client.eval(CHECK_SCRIPT, 1, CHECK_KEY);

/**
 * `apart`: not connected, or Redis has not answered the check yet. `open`: it has, possibly with a refusal. `replacing`:
 * Redis has refused, and the connection is being closed for that reason.
 */
type Phase = 'apart' | 'open' | 'replacing' | 'closed';

/** `failed`: the connection broke off, and it is unknown whether Redis ran the command. */
type Sent<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'refused' | 'failed' };

export class RedisConnection {
  /** Resolves when the state of Redis is known for the first time. */
  readonly known: Promise<void>;
  readonly #options: RedisConnectionOptions;
  #target: RedisTarget;
  #client: RedisClient;
  /** The client that takes over once it is ready. */
  #successor: RedisClient | null = null;
  readonly #refusals;
  readonly #checks: NodeJS.Timeout;
  #resolveKnown: () => void = () => {};
  #phase: Phase = 'apart';
  #cause = 'CONNECTING';
  /** The number of commands that have no reply in time, and may still get one. */
  #lateCommands = 0;
  #wasUp = false;
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#refusals = new Refusals(options.monotonic);
    this.known = new Promise((resolve) => {
      this.#resolveKnown = resolve;
    });
    this.#target = options.target;
    this.#client = this.#connect(options.target);
    this.#checks = setInterval(() => void this.#check(), CHECK_MS).unref();
  }

  /** The present connection serves until that to the new target is ready. */
  moveTo(target: RedisTarget): void {
    this.#target = target;
    this.#successor?.disconnect();
    this.#successor = this.#connect(target);
    if (this.#phase !== 'open') this.#takeSuccessor();
  }

  /**
   * undefined: Redis did not answer in time, or it refused; nothing is thrown. `undo` is sent behind a command without
   * an answer in time: Redis runs the commands of a connection in order.
   */
  async ask<T>(
    command: (client: RedisClient) => Promise<T>,
    undo?: (client: RedisClient) => Promise<unknown>,
  ): Promise<T | undefined> {
    // Redis answers in order: behind a command that is late, all others would be late, too.
    if (this.#phase !== 'open' || this.#lateCommands > 0) return undefined;
    const sent = this.#send(command);
    if (!(await this.#isSettledInTime(sent))) {
      if (undo) void this.#send(undo);
      return undefined;
    }
    const outcome = await sent;
    return outcome.kind === 'answered' ? outcome.answer : undefined;
  }

  state(): RedisState {
    const reason = this.#refusals.reason();
    if (reason !== null) return { kind: 'degraded', reason };
    return this.#phase === 'open' ? { kind: 'up' } : { kind: 'down', cause: this.#cause };
  }

  /**
   * Since when it is up, or not up, by the monotonic clock: refusals end with the last one, although that is known
   * later. Minus infinity: it has never been up.
   */
  changedAt(): number {
    return this.#changedAt;
  }

  close(): void {
    this.#phase = 'closed';
    this.#cause = 'CLOSED';
    this.#refusals.end();
    clearInterval(this.#checks);
    this.#client.disconnect();
    this.#successor?.disconnect();
  }

  #connect(target: RedisTarget): RedisClient {
    const client = createClient(target, this.#options.access ?? {}, (message) => {
      // After a failover, the name leads to the new primary; an old connection stays with the old one.
      // Once for each connection, however many commands it refuses.
      const isDone = this.#phase === 'replacing' || this.#phase === 'closed';
      if (client !== this.#client || isDone || reasonOf(message) !== 'READONLY') return false;
      this.#phase = 'replacing';
      return true;
    });
    const isCurrent = () => client === this.#client;
    client.on('ready', () => void (isCurrent() ? this.#onReady() : this.#trySuccessor(client)));
    client.on('close', () => isCurrent() && this.#onClose());
    // ioredis throws an error that has no listener; its text may hold the URL with a password.
    client.on('error', (error: unknown) => {
      if (isCurrent()) this.#onConnectionError(error);
      else if (isReply(error)) this.#options.onError(reasonOf(error.message));
    });
    return client;
  }

  async #trySuccessor(client: RedisClient): Promise<void> {
    try {
      await check(client);
    } catch {
      // It stays in reserve for the end of the present connection.
      return;
    }
    if (client !== this.#successor || this.#phase === 'closed') return;
    this.#takeSuccessor();
    // Other replicas may still count in another Redis.
    this.#changedAt = this.#options.monotonic();
    this.#refusals.end();
    this.#enter('open');
  }

  /** The events of the client that goes no longer count. */
  #takeSuccessor(): void {
    if (this.#successor === null) return;
    this.#client.disconnect();
    this.#client = this.#successor;
    this.#successor = null;
  }

  /** Never rejects. */
  async #send<T>(command: (client: RedisClient) => Promise<T>): Promise<Sent<T>> {
    try {
      return { kind: 'answered', answer: await command(this.#client) };
    } catch (error) {
      if (!isReply(error)) {
        // One node of a cluster may be gone while the others answer.
        if (this.#client.isCluster && this.#phase === 'open') this.#refused('CLUSTERDOWN');
        return { kind: 'failed' };
      }
      this.#onRefusal(error);
      return { kind: 'refused' };
    }
  }

  #onRefusal({ message }: Error): void {
    const reason = reasonOf(message);
    // Redis refuses the commands behind a refused AUTH because authentication is missing.
    const isUnknown =
      reason === 'NOAUTH' &&
      (this.#target.password ?? this.#options.access?.password) !== undefined;
    this.#refused(isUnknown ? 'WRONGPASS' : reason);
  }

  #refused(reason: RedisReason): void {
    // A Redis that has never answered on this connection is down.
    if (reason === 'TIMEOUT' && this.#phase !== 'open') this.#cause = reason;
    else this.#refusals.refused(reason);
    this.#options.onError(reason);
    this.#publishState();
  }

  async #isSettledInTime(sent: Promise<unknown>): Promise<boolean> {
    const { answerMs, monotonic } = this.#options;
    const waited = await waitForReply(sent, answerMs, monotonic);
    if (waited === 'silent') void this.#awaitLateReply(sent);
    return waited === 'settled';
  }

  /** A command has no answer in time: no other is sent until the reply comes or the connection is replaced. */
  async #awaitLateReply(sent: Promise<unknown>): Promise<void> {
    this.#lateCommands += 1;
    this.#refused('TIMEOUT');
    let waited = await waitForReply(sent, DEAD_AFTER_MS, this.#options.monotonic);
    while (waited === 'stalled') {
      waited = await waitForReply(sent, DEAD_AFTER_MS, this.#options.monotonic);
    }
    if (waited === 'silent' && this.#phase !== 'closed') {
      this.#lost('TIMEOUT');
      this.#client.disconnect(true);
    }
    await sent;
    this.#lateCommands -= 1;
  }

  async #onReady(): Promise<void> {
    const sent = this.#send(check);
    void this.#isSettledInTime(sent);
    const { kind } = await sent;
    if (kind === 'failed' || this.#phase === 'replacing') return;
    if (kind === 'answered') this.#refusals.end();
    this.#cause = 'CLOSED';
    this.#enter('open');
  }

  #onClose(): void {
    if (this.#successor !== null && this.#phase !== 'closed') {
      this.#takeSuccessor();
      // It may be connected already, and refuse commands: its next connection shows it.
      this.#client.disconnect(true);
    }
    // The refusal holds until it is known what the next connection brings.
    if (this.#phase === 'replacing') this.#enter('apart');
    else this.#lost(this.#cause === 'CONNECTING' ? 'CLOSED' : this.#cause);
  }

  #lost(cause: string): void {
    this.#cause = cause;
    this.#refusals.end();
    this.#enter('apart');
  }

  #onConnectionError(error: unknown): void {
    const reply = replyIn(error);
    if (reply === null) {
      this.#cause = codeOf(error);
      // Where no Sentinel can be reached, no connection is made that could close.
      if (this.#phase === 'apart') this.#publishState();
      return;
    }
    // A refusal of AUTH or SELECT; ioredis connects again after a refused AUTH.
    this.#enter('replacing');
    this.#onRefusal(reply);
  }

  async #check(): Promise<void> {
    if ((await this.ask(check)) === undefined) return;
    const refusedAt = this.#refusals.endIfQuiet();
    this.#publishState();
    // Since then it has worked, which only now is known.
    if (refusedAt !== null && this.#wasUp) this.#changedAt = refusedAt;
  }

  #enter(phase: Phase): void {
    if (this.#phase === 'closed') return;
    this.#phase = phase;
    this.#publishState();
  }

  #publishState(): void {
    if (this.#phase === 'closed') return;
    const state = this.state();
    const isUp = state.kind === 'up';
    if (isUp !== this.#wasUp) this.#changedAt = this.#options.monotonic();
    this.#wasUp = isUp;
    if (state.kind === 'down' && state.cause === 'CONNECTING') return;
    this.#options.onState(state);
    this.#resolveKnown();
  }
}

function isReply(error: unknown): error is Error {
  return error instanceof ReplyError;
}

/** A cluster wraps the error of its last node. */
function replyIn(error: unknown): Error | null {
  if (isReply(error)) return error;
  const inner = error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : null;
  return isReply(inner) ? inner : null;
}

/** The code of a system error or of TLS; never its text, which may name hosts. */
function codeOf(error: unknown): string {
  const code = systemCodeOf(error) ?? '';
  return /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'CLOSED';
}
