// One call for all who ask the same at the same time, across operations. Who leaves does not take the
// others along; when the last one leaves, the call is cancelled.
import type { Flight } from '../domain/call.js';

export interface SingleFlight {
  /** `onJoined` is told when another's flight is joined. `key` holds the scope. */
  run<T>(
    key: string,
    passenger: Flight,
    work: (flight: Flight) => Promise<T>,
    onJoined?: () => void,
  ): Promise<T>;
}

interface Active {
  readonly controller: AbortController;
  readonly answer: Promise<unknown>;
  aboard: number;
  deadlineAt: number;
}

export function createSingleFlight(): SingleFlight {
  const active = new Map<string, Active>();
  const forget = (key: string, flight: Active) => {
    if (active.get(key) === flight) active.delete(key);
  };

  return {
    async run(key, passenger, work, onJoined) {
      passenger.signal.throwIfAborted();
      const found = active.get(key);
      if (found) onJoined?.();
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

function begin(first: Flight, work: (flight: Flight) => Promise<unknown>): Active {
  const controller = new AbortController();
  const flight: Active = {
    controller,
    aboard: 0,
    deadlineAt: first.deadlineAt,
    // Later: `work` may ask for the deadline at once.
    answer: Promise.resolve().then(() =>
      work({
        signal: controller.signal,
        caller: first.caller,
        usage: first.usage,
        get deadlineAt() {
          return flight.deadlineAt;
        },
      }),
    ),
  };
  return flight;
}

/** Waits for the flight no longer than the passenger may. */
function ride<T>(flight: Active, { signal, deadlineAt }: Flight, leave: () => void): Promise<T> {
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
    flight.answer.finally(arrive).then((answer) => resolve(answer as T), reject);
  });
}
