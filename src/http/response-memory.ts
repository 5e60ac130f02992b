// The bytes of responses that are being built or wait to be sent, counted over all connections of the process.
import { getHeapStatistics } from 'node:v8';

export interface ResponseMemory {
  open(): ResponseShare;
  heldBytes(): number;
}

/** The part of the memory that one response holds. */
export interface ResponseShare {
  /** Replaces the number of bytes that the response holds. False: the process has no room, and nothing changes. */
  hold(bytes: number): boolean;
  /** The response is over, and holds nothing from then on. */
  release(): void;
}

/** Both are of the process: all of its servers share them. */
export interface HttpMemory {
  readonly responses: ResponseMemory;
  /** Requests that wait for their turn. Apart, so that they take no room from responses. */
  readonly waitingRequests: ResponseMemory;
}

/** A few of the largest responses always fit; beyond them, a part of what V8 lets its heap grow to. */
export function createHttpMemory(
  maxResponseBytes: number,
  report: (event: ResponseRefused) => void = () => {},
  heapBytes: number = getHeapStatistics().heap_size_limit,
): HttpMemory {
  return {
    responses: createResponseMemory(Math.max(2 * maxResponseBytes, heapBytes / 8), (bytes) =>
      report({ type: 'response_refused', bytes }),
    ),
    waitingRequests: createResponseMemory(heapBytes / 16),
  };
}

interface ResponseRefused {
  readonly type: 'response_refused';
  readonly bytes: number;
}

export function createResponseMemory(
  maxBytes: number,
  onRefused: (bytes: number) => void = () => {},
): ResponseMemory {
  let total = 0;

  function open(): ResponseShare {
    let held = 0;
    let isOver = false;
    return {
      hold(bytes) {
        // An operation may run on behind its response; nothing would release what it holds then.
        if (isOver) return false;
        if (bytes > held && total - held + bytes > maxBytes) {
          onRefused(bytes);
          return false;
        }
        total += bytes - held;
        held = bytes;
        return true;
      },
      release() {
        isOver = true;
        total -= held;
        held = 0;
      },
    };
  }

  return { open, heldBytes: () => total };
}

/** Of a response whose turn has not come. */
export const NO_SHARE: ResponseShare = { hold: () => false, release() {} };
