// The bytes of responses that are being built or wait to be sent, counted over all connections of the process.

export interface ResponseMemory {
  open(): ResponseShare;
  heldBytes(): number;
}

/** The part of the memory that one response holds. */
export interface ResponseShare {
  /** Replaces the number of bytes that the response holds. False: the process has no room, and nothing changes. */
  hold(bytes: number): boolean;
  /** The response is over. */
  release(): void;
}

export function createResponseMemory(maxBytes: number): ResponseMemory {
  let total = 0;

  function open(): ResponseShare {
    let held = 0;
    return {
      hold(bytes) {
        if (bytes > held && total - held + bytes > maxBytes) return false;
        total += bytes - held;
        held = bytes;
        return true;
      },
      release() {
        total -= held;
        held = 0;
      },
    };
  }

  return { open, heldBytes: () => total };
}
