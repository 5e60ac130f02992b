// How long a client may take to read a response, however regularly it reads.
import type { ServerResponse } from 'node:http';

/** Timers that a test can fire. */
export interface Timers {
  /** Returns what cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const TIMERS: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** From now on a body of so many bytes must be read in time. */
export type SendLimit = (res: ServerResponse, bytes: number) => void;

/** Of a response whose turn has not come. */
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
