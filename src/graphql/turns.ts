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
/** Places of one response that go on in one round: each may have hundreds of fields before it looks at the clock. */
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
    setImmediate(goOn);
  }

  function goOn(): void {
    isScheduled = false;
    endsAt = begin();
    const [next] = waiting;
    if (next !== undefined) resume(...next);
    schedule();
  }

  function resume(response: object, queue: Queue): void {
    waiting.delete(response);
    const end = Math.min(queue.first + PLACES_PER_TURN, queue.places.length);
    for (; queue.first < end; queue.first += 1) queue.places[queue.first]?.();
    if (queue.first < queue.places.length) waiting.set(response, queue);
  }

  return {
    isOver() {
      endsAt ??= begin();
      return now() > endsAt;
    },
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
