// Single flight: one fetch for all requesters that ask the same at the same time, across operations. The first is its
// leader, all are its followers: a follower that leaves does not affect the others, and the last to leave cancels the
// fetch.
import type { FetchContext, Lanes, LaneWatcher, Requester } from '../domain/call.js';

/** Called before the requester waits; when it throws, the requester neither joins nor starts a fetch. */
export interface JoinListener {
  /** No fetch with this key is under way: this requester starts it. */
  started?(): void;
  /** This requester joins the fetch of another. */
  joined?(): void;
}

export interface SingleFlight<T> {
  /** `key` holds the scope. */
  run(
    key: string,
    requester: Requester,
    work: (flight: FetchContext) => Promise<T>,
    listener?: JoinListener,
  ): Promise<T>;
  /** Whether a requester that asks now would join a fetch that is under way. */
  isUnderWay(key: string): boolean;
}

interface Active<T> {
  readonly context: SharedContext;
  readonly answer: Promise<T>;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const active = new Map<string, Active<T>>();
  const forget = (key: string, flight: Active<T>) => {
    if (active.get(key) === flight) active.delete(key);
  };

  function start(
    key: string,
    leader: Requester,
    work: (flight: FetchContext) => Promise<T>,
  ): Active<T> {
    const context = new SharedContext(leader);
    // `work` starts after the leader has joined, since it may read the deadline and the lanes at once.
    const answer = Promise.resolve().then(() => work(context));
    const flight = { context, answer };
    active.set(key, flight);
    const settled = () => forget(key, flight);
    answer.then(settled, settled);
    return flight;
  }

  return {
    isUnderWay: (key) => active.has(key),
    async run(key, requester, work, listener) {
      requester.signal.throwIfAborted();
      const found = active.get(key);
      if (found) listener?.joined?.();
      else listener?.started?.();
      const flight = found ?? start(key, requester, work);
      return follow(flight, requester, () => forget(key, flight));
    },
  };
}

/** Waits for the answer, at most as long as the requester may. */
function follow<T>(
  { context, answer }: Active<T>,
  requester: Requester,
  onCancel: () => void,
): Promise<T> {
  context.join(requester);
  return new Promise((resolve, reject) => {
    const { signal } = requester;
    const leave = () => {
      // A requester that asks now must not join a fetch that is being cancelled.
      if (context.isLast(requester)) onCancel();
      context.leave(requester);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    const settle = () => signal.removeEventListener('abort', leave);
    answer.finally(settle).then(resolve, reject);
  });
}

/** All followers together, as the requester that the upstream call is made for. */
class SharedContext implements FetchContext, Lanes {
  readonly requestId;
  readonly caller;
  readonly usage;
  readonly #controller = new AbortController();
  readonly #followers = new Set<Requester>();
  /** The number of followers of each lane. */
  readonly #lanes = new Map<string, number>();
  readonly #watchers = new Set<LaneWatcher>();

  /** The leader still has to join. */
  constructor({ requestId, caller, usage }: Requester) {
    this.requestId = requestId;
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

  get lanes(): Lanes {
    return this;
  }

  get names(): Iterable<string> {
    return this.#lanes.keys();
  }

  watch(watcher: LaneWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  join(follower: Requester): void {
    if (this.#followers.has(follower)) return;
    const { lane } = follower.caller;
    const before = this.#lanes.get(lane) ?? 0;
    this.#followers.add(follower);
    this.#lanes.set(lane, before + 1);
    if (before === 0) for (const watcher of this.#watchers) watcher.joined(lane);
  }

  isLast(follower: Requester): boolean {
    return this.#followers.size === 1 && this.#followers.has(follower);
  }

  leave(follower: Requester): void {
    const { lane } = follower.caller;
    if (!this.#followers.delete(follower)) return;
    const left = (this.#lanes.get(lane) ?? 0) - 1;
    if (left > 0) this.#lanes.set(lane, left);
    else this.#lanes.delete(lane);
    if (this.#followers.size === 0) this.#controller.abort(follower.signal.reason);
    else if (left === 0) for (const watcher of this.#watchers) watcher.left(lane);
  }
}
