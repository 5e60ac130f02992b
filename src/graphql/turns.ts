// Shares the event loop between responses: each is built for some milliseconds, then requests and other responses
// have their turn.

export interface Turns {
  /** Whether the time for all responses in this round of the event loop is over. */
  isOver(): boolean;
  /** Resolves in a later round. Responses take turns, however many of their places wait. */
  next(response: object): Promise<void>;
}

/** Time for all responses of one round of the event loop. */
const TURN_MS = 4;
/** Places of one response that go on at once: each may have hundreds of fields before it looks at the clock. */
const PLACES_PER_TURN = 16;

interface Queue {
  readonly places: (() => void)[];
  /** The places before this index have continued. */
  first: number;
}

export function createTurns(now: () => number = () => performance.now()): Turns {
  // In the order of turns: a response that had its turn goes to the end.
  const waiting = new Map<object, Queue>();
  let endsAt: number | null = null;
  let isScheduled = false;

  function begin(): number {
    setImmediate(() => {
      endsAt = null;
    });
    return now() + TURN_MS;
  }

  function schedule(): void {
    if (isScheduled || waiting.size === 0) return;
    isScheduled = true;
    setImmediate(startRound);
  }

  function startRound(): void {
    isScheduled = false;
    endsAt = begin();
    goOn();
  }

  /** Small places share a round: otherwise a response with a hundred thousand of them would take as many rounds. */
  function goOn(): void {
    const [next] = waiting;
    if (next === undefined) return;
    resume(...next);
    // Node runs the tick after all promise jobs, and with them the work of these places.
    queueMicrotask(() => process.nextTick(() => (isOver() ? schedule() : goOn())));
  }

  function isOver(): boolean {
    endsAt ??= begin();
    return now() > endsAt;
  }

  function resume(response: object, queue: Queue): void {
    waiting.delete(response);
    const end = Math.min(queue.first + PLACES_PER_TURN, queue.places.length);
    for (; queue.first < end; queue.first += 1) queue.places[queue.first]?.();
    if (queue.first < queue.places.length) waiting.set(response, queue);
  }

  return {
    isOver,
    next(response) {
      return new Promise((resolve) => {
        const queue = waiting.get(response) ?? { places: [], first: 0 };
        queue.places.push(resolve);
        waiting.set(response, queue);
        schedule();
      });
    },
  };
}
