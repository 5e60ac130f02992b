// How long answers are written before others have their turn: all that are being written share one process.

/** An answer that is being written. */
export interface Writing {
  /** What all its lists wait for; null: none does. */
  nextTurn: Promise<void> | null;
}

export interface Turns {
  /** Whether others should have their turn before the item of this index. */
  isOver(index: number): boolean;
  /** Resolves when it is the answer's turn again. */
  next(answer: Writing): Promise<void>;
}

/** For all that is written while the event loop goes round once; beside it, requests arrive and answers leave. */
const TURN_MS = 4;
/** Looking at the clock for each costs more than most of them. */
const ITEMS_A_LOOK = 16;

export function createTurns(now: () => number = () => performance.now()): Turns {
  const waiting: (() => void)[] = [];
  let endsAt: number | null = null;

  function begin(): number {
    setImmediate(() => {
      endsAt = null;
    });
    return now() + TURN_MS;
  }

  /** One goes on each time that the loop comes round, however many wait. */
  function goOn(): void {
    endsAt = begin();
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(goOn);
  }

  function wait(answer: Writing): Promise<void> {
    return new Promise((resolve) => {
      const start = () => {
        answer.nextTurn = null;
        resolve();
      };
      if (waiting.push(start) === 1) setImmediate(goOn);
    });
  }

  return {
    isOver(index) {
      if (index % ITEMS_A_LOOK !== ITEMS_A_LOOK - 1) return false;
      endsAt ??= begin();
      return now() > endsAt;
    },
    next(answer) {
      // One place for all its lists: an answer of many must not be as many turns ahead of others.
      answer.nextTurn ??= wait(answer);
      return answer.nextTurn;
    },
  };
}
