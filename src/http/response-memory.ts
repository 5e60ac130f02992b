// The bytes of responses that are being built or wait to be sent, counted for all connections of the process.
import { getHeapStatistics } from 'node:v8';

export interface ResponseMemory {
  open(): ResponseShare;
  heldBytes(): number;
}

/** The part of the memory that one response holds. */
export interface ResponseShare {
  /** Replaces the number of bytes that the response holds. False: the process has no room; the number is unchanged. */
  hold(bytes: number): boolean;
  /** The response is over, and holds no bytes from then on. */
  release(): void;
}

/** All servers of the process share both. */
export interface HttpMemory {
  readonly responses: ResponseMemory;
  /** For requests that wait for their turn. It is separate, so that they take no room from responses. */
  readonly waitingRequests: ResponseMemory;
}

/** Responses get the larger of two: room for two of the largest, or an eighth of the heap limit of V8. */
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
  const memory: Memory = { maxBytes, totalBytes: 0, onRefused };
  return { open: () => new Share(memory), heldBytes: () => memory.totalBytes };
}

interface Memory {
  readonly maxBytes: number;
  totalBytes: number;
  readonly onRefused: (bytes: number) => void;
}

/** One object for each response; its cost is small even for an answer from memory. */
class Share implements ResponseShare {
  readonly #memory: Memory;
  #held = 0;
  #isOver = false;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  hold(bytes: number): boolean {
    // An operation may run on after its response; the bytes that it held then would never be released.
    if (this.#isOver) return false;
    const { totalBytes, maxBytes } = this.#memory;
    const wouldBe = totalBytes - this.#held + bytes;
    if (bytes > this.#held && wouldBe > maxBytes) {
      this.#memory.onRefused(bytes);
      return false;
    }
    this.#memory.totalBytes = wouldBe;
    this.#held = bytes;
    return true;
  }

  release(): void {
    this.#isOver = true;
    this.#memory.totalBytes -= this.#held;
    this.#held = 0;
  }
}

/** The share of a response whose turn has not come. */
export const NO_SHARE: ResponseShare = { hold: () => false, release() {} };
