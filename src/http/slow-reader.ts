// Bounds the time that a client may take to read a response, even if it reads regularly.
import type { ServerResponse } from 'node:http';

/** Timers that a test can fire. */
export interface Timers {
  /** Returns the function that cancels the timer. */
  after(ms: number, run: () => void): () => void;
}

export const TIMERS: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** From now on the client must read a body of this number of bytes in time. */
export type SendLimit = (res: ServerResponse, bytes: number) => void;

/** The limit of a response whose turn has not come. */
export const NO_LIMIT: SendLimit = () => {};

const BASE_MS = 30_000;
const BYTES_PER_SECOND = 64 * 1024;

export function createSendLimit(timers: Timers, cut: (res: ServerResponse) => void): SendLimit {
  return (res, bytes) => {
    const cancel = timers.after(BASE_MS + Math.ceil(bytes / BYTES_PER_SECOND) * 1000, () =>
      cut(res),
    );
    res.once('close', cancel);
  };
}
