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
  const memory: Memory = { maxBytes, totalBytes: 0, onRefused };
  return { open: () => new Share(memory), heldBytes: () => memory.totalBytes };
}

interface Memory {
  readonly maxBytes: number;
  totalBytes: number;
  readonly onRefused: (bytes: number) => void;
}

/** One object for each response, which an answer from memory hardly notices. */
class Share implements ResponseShare {
  readonly #memory: Memory;
  #held = 0;
  #isOver = false;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  hold(bytes: number): boolean {
    // An operation may run on behind its response; nothing would release what it holds then.
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

/** Of a response whose turn has not come. */
export const NO_SHARE: ResponseShare = { hold: () => false, release() {} };
