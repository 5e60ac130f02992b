// Bounds what responses cost the process: their bytes in memory, over all connections, and the time that a client
// may take to read one.
import type { ServerResponse } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import type { Report } from '../domain/events.js';

/** The bounds of one response. */
export interface ResponseBounds {
  readonly memory: MemoryShare;
  /** From now on the client must read this number of bytes in time, else its connection is closed. */
  limitSending(bytes: number): void;
}

/** A number of bytes that many holders share. */
export interface SharedMemory {
  open(): MemoryShare;
  heldBytes(): number;
}

export interface MemoryShare {
  /** Replaces the number of bytes that are held. False: there is no room; the number is unchanged. */
  hold(bytes: number): boolean;
  /** Nothing is held from then on. */
  release(): void;
}

/** All servers of the process share both. */
export interface HttpMemory {
  readonly responses: SharedMemory;
  /** For requests that wait for their turn. It is separate, so that they take no room from responses. */
  readonly waitingRequests: SharedMemory;
}

/** Responses get the larger of two: room for two of the largest, or an eighth of the heap limit of V8. */
export function createHttpMemory(
  maxResponseBytes: number,
  report: Report = () => {},
  heapBytes: number = getHeapStatistics().heap_size_limit,
): HttpMemory {
  const onRefused = (bytes: number) => report({ type: 'response_refused', bytes });
  return {
    responses: createSharedMemory(Math.max(2 * maxResponseBytes, heapBytes / 8), onRefused),
    waitingRequests: createSharedMemory(heapBytes / 16),
  };
}

export function createSharedMemory(
  maxBytes: number,
  onRefused: (bytes: number) => void = () => {},
): SharedMemory {
  let totalBytes = 0;

  function open(): MemoryShare {
    let held = 0;
    let isReleased = false;
    return {
      hold(bytes) {
        // An operation may run on after its response; the bytes that it held then would never be released.
        if (isReleased) return false;
        if (bytes > held && totalBytes - held + bytes > maxBytes) {
          onRefused(bytes);
          return false;
        }
        totalBytes += bytes - held;
        held = bytes;
        return true;
      },
      release() {
        isReleased = true;
        totalBytes -= held;
        held = 0;
      },
    };
  }

  return { open, heldBytes: () => totalBytes };
}

/** Returns the function that cancels the timer. Tests fire timers themselves. */
export type StartTimer = (ms: number, run: () => void) => () => void;

export const startTimer: StartTimer = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

const SENDING_BASE_MS = 30_000;
const SENDING_BYTES_PER_SECOND = 64 * 1024;

/** Bounds the whole time of sending: a client that always reads a little never meets a bound on silence. */
export function openResponseBounds(
  res: ServerResponse,
  responses: SharedMemory,
  timer: StartTimer,
  onSlowReader: () => void,
): ResponseBounds {
  return {
    memory: responses.open(),
    limitSending(bytes) {
      const seconds = Math.ceil(bytes / SENDING_BYTES_PER_SECOND);
      const cancel = timer(SENDING_BASE_MS + seconds * 1000, () => {
        onSlowReader();
        res.destroy();
      });
      res.once('close', cancel);
    },
  };
}
