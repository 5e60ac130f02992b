// Single flight: one fetch for all requesters that ask the same at the same time, across operations. The first is its
// leader, all are its followers: a follower that leaves does not affect the others, and the last to leave cancels the
// fetch.
import type { FetchContext, Lanes, Requester } from '../domain/call.js';
import { inSpan } from '../domain/span.js';
import { untilAborted } from '../lib/until-aborted.js';

/** Called before the requester waits; when it throws, the requester neither joins nor starts a fetch. */
export interface JoinListener {
  /** No fetch with this key is under way: this requester starts it. */
  started?(): void;
  /** This requester joins the fetch of another. */
  joined?(): void;
}

interface Flight<T> {
  readonly context: SharedContext;
  readonly answer: Promise<T>;
}

export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Whether a requester that asks now would join a fetch that is under way. */
  isUnderWay(key: string): boolean {
    return this.#flights.has(key);
  }

  /** `key` holds the scope. Waits for the answer, at most as long as the requester may. */
  async run(
    key: string,
    requester: Requester,
    work: (context: FetchContext) => Promise<T>,
    listener: JoinListener = {},
  ): Promise<T> {
    const { signal } = requester;
    signal.throwIfAborted();
    const found = this.#flights.get(key);
    if (found) listener.joined?.();
    else listener.started?.();
    const { context, answer } = found ?? this.#start(key, requester, work);
    const leave = () => context.leave(requester);
    context.follow(requester);
    signal.addEventListener('abort', leave, { once: true });
    const wait = () =>
      untilAborted(answer, signal).finally(() => signal.removeEventListener('abort', leave));
    if (!found) return wait();
    return inSpan(requester.span, 'single flight', wait, { link: context.span });
  }

  #start(key: string, leader: Requester, work: (context: FetchContext) => Promise<T>): Flight<T> {
    const context = new SharedContext(leader);
    // `work` starts after the leader has joined, since it may read the deadline and the lanes at once.
    const answer = Promise.resolve().then(() => work(context));
    const flight = { context, answer };
    this.#flights.set(key, flight);
    const forget = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    // A requester that asks now must not join a fetch that is being cancelled.
    context.signal.addEventListener('abort', forget, { once: true });
    answer.then(forget, forget);
    return flight;
  }
}

/** All followers together, as the requester that the upstream call is made for. */
class SharedContext implements FetchContext, Lanes {
  readonly requestId;
  readonly span;
  readonly caller;
  readonly usage;
  readonly lanes = this;
  readonly #controller = new AbortController();
  readonly #followers = new Set<Requester>();
  /** The number of followers of each lane. */
  readonly #laneSizes = new Map<string, number>();
  readonly #watchers = new Set<() => void>();

  /** The leader still has to join. */
  constructor({ requestId, span, caller, usage }: Requester) {
    this.requestId = requestId;
    this.span = span;
    this.caller = caller;
    this.usage = usage;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get deadlineAt(): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { deadlineAt } of this.#followers) latest = Math.max(latest, deadlineAt);
    return latest;
  }

  get names(): Iterable<string> {
    return this.#laneSizes.keys();
  }

  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  follow(follower: Requester): void {
    if (this.#followers.has(follower)) return;
    const { lane } = follower.caller;
    const before = this.#laneSizes.get(lane) ?? 0;
    this.#followers.add(follower);
    this.#laneSizes.set(lane, before + 1);
    if (before === 0) this.#reportLanes();
  }

  leave(follower: Requester): void {
    if (!this.#followers.delete(follower)) return;
    const { lane } = follower.caller;
    const left = (this.#laneSizes.get(lane) ?? 0) - 1;
    if (left > 0) this.#laneSizes.set(lane, left);
    else this.#laneSizes.delete(lane);
    if (this.#followers.size === 0) this.#controller.abort(follower.signal.reason);
    else if (left === 0) this.#reportLanes();
  }

  #reportLanes(): void {
    for (const onChange of this.#watchers) onChange();
  }
}
