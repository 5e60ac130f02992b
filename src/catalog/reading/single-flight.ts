// One call for all who ask the same at the same time, across operations. Who leaves does not take the
// others along; when the last one leaves, the call is cancelled.
import type { Flight } from '../../domain/call.js';

/** What a passenger hears before the flight; whoever throws stays behind. */
export interface Boarding {
  /** Nobody is on the way yet: this flight is a new one. */
  begins?(): void;
  /** Another's flight is joined. */
  joined?(): void;
}

export interface SingleFlight<T> {
  /** `key` holds the scope. */
  run(
    key: string,
    passenger: Flight,
    work: (flight: Flight) => Promise<T>,
    boarding?: Boarding,
  ): Promise<T>;
}

interface Active<T> {
  readonly controller: AbortController;
  readonly answer: Promise<T>;
  aboard: number;
  deadlineAt: number;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const active = new Map<string, Active<T>>();
  const forget = (key: string, flight: Active<T>) => {
    if (active.get(key) === flight) active.delete(key);
  };

  return {
    async run(key, passenger, work, boarding) {
      passenger.signal.throwIfAborted();
      const found = active.get(key);
      if (found) boarding?.joined?.();
      else boarding?.begins?.();
      const flight = found ?? begin(passenger, work);
      if (!found) {
        active.set(key, flight);
        const landed = () => forget(key, flight);
        flight.answer.then(landed, landed);
      }
      return ride(flight, passenger, () => {
        // Whoever asks now must not join a flight that is being cancelled.
        forget(key, flight);
        flight.controller.abort(passenger.signal.reason);
      });
    },
  };
}

function begin<T>(first: Flight, work: (flight: Flight) => Promise<T>): Active<T> {
  const controller = new AbortController();
  const flight: Active<T> = {
    controller,
    aboard: 0,
    deadlineAt: first.deadlineAt,
    // Later: `work` may ask for the deadline at once.
    answer: Promise.resolve().then(() => work(new Boarded(first, flight))),
  };
  return flight;
}

/** The flight as those see it who work for it: its deadline moves on while passengers join. */
class Boarded implements Flight {
  readonly caller;
  readonly usage;
  readonly #flight;

  constructor({ caller, usage }: Flight, flight: Active<unknown>) {
    this.caller = caller;
    this.usage = usage;
    this.#flight = flight;
  }

  get signal(): AbortSignal {
    return this.#flight.controller.signal;
  }

  get deadlineAt(): number {
    return this.#flight.deadlineAt;
  }
}

/** Waits for the flight no longer than the passenger may. */
function ride<T>(flight: Active<T>, { signal, deadlineAt }: Flight, leave: () => void): Promise<T> {
  flight.aboard += 1;
  flight.deadlineAt = Math.max(flight.deadlineAt, deadlineAt);
  return new Promise((resolve, reject) => {
    const getOff = () => {
      flight.aboard -= 1;
      if (flight.aboard === 0) leave();
      reject(signal.reason);
    };
    signal.addEventListener('abort', getOff, { once: true });
    const arrive = () => signal.removeEventListener('abort', getOff);
    flight.answer.finally(arrive).then(resolve, reject);
  });
}
