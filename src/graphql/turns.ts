// Shares the event loop between responses: in each iteration of the loop they are built for some milliseconds, in turns;
// then requests are read. A response may wait for many promises.

export interface Turns {
  /** Whether the time for all responses in this iteration of the event loop is over. */
  isOver(): boolean;
  /** Resolves in a later iteration. Responses take turns, however many of their promises wait. */
  next(response: object): Promise<void>;
  /** Resolves when the response waits for no turn: all that it is made of has then been requested. */
  rest(response: object): Promise<void>;
}

/** Time for all responses in one iteration of the event loop. */
const TURN_MS = 4;
/** Promises of one response that resolve in its turn; hundreds of fields may follow each before a look at the clock. */
const RESUMED_PER_TURN = 16;

interface Queue {
  readonly resolvers: (() => void)[];
  /** The promises before this index are resolved. */
  first: number;
}

export function createTurns(now: () => number = () => performance.now()): Turns {
  // In the order of turns: a response that had its turn goes to the end.
  const waiting = new Map<object, Queue>();
  let endsAt: number | null = null;
  let isScheduled = false;
  /** The response whose promises have been resolved, until all that follows them is done. */
  let resumed: object | null = null;

  function begin(): number {
    setImmediate(() => {
      endsAt = null;
    });
    return now() + TURN_MS;
  }

  function schedule(): void {
    if (isScheduled || waiting.size === 0) return;
    isScheduled = true;
    setImmediate(startIteration);
  }

  function startIteration(): void {
    isScheduled = false;
    endsAt = begin();
    goOn();
  }

  /** Short turns share an iteration: otherwise a response that waits for many promises would take many iterations. */
  function goOn(): void {
    const [next] = waiting;
    if (next === undefined) return;
    resume(...next);
    // Node runs the tick after all promise jobs, and with them the work that follows the resolved promises.
    queueMicrotask(() =>
      process.nextTick(() => {
        resumed = null;
        if (isOver()) schedule();
        else goOn();
      }),
    );
  }

  function isOver(): boolean {
    endsAt ??= begin();
    return now() > endsAt;
  }

  function resume(response: object, queue: Queue): void {
    waiting.delete(response);
    resumed = response;
    const end = Math.min(queue.first + RESUMED_PER_TURN, queue.resolvers.length);
    for (; queue.first < end; queue.first += 1) queue.resolvers[queue.first]?.();
    if (queue.first < queue.resolvers.length) waiting.set(response, queue);
  }

  function next(response: object): Promise<void> {
    return new Promise((resolve) => {
      const queue = waiting.get(response) ?? { resolvers: [], first: 0 };
      queue.resolvers.push(resolve);
      waiting.set(response, queue);
      schedule();
    });
  }

  return {
    isOver,
    next,
    async rest(response) {
      await afterPromiseJobs();
      while (waiting.has(response) || resumed === response) {
        await next(response);
        await afterPromiseJobs();
      }
    },
  };
}

/** Called in a promise job, since the tick would come before the other jobs otherwise. */
async function afterPromiseJobs(): Promise<void> {
  await null;
  await new Promise<void>((resolve) => process.nextTick(resolve));
}
