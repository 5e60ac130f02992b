// Starts parts in order and closes them in reverse order, at the end or when a later part fails to start.
import { untilAborted } from './domain/until-aborted.js';

export interface Startup {
  /** Rejects when the part fails to start, and when the program must stop; the caller then closes the others. */
  start<Part>(
    open: () => Part | Promise<Part>,
    close: (part: Part) => void | Promise<void>,
  ): Promise<Part>;
  /** Closes all started parts. It never rejects: a part that fails to close must not keep the others open. */
  close(): Promise<void>;
}

export interface StartupOptions {
  /** After its abort no part starts, and a start in progress is not awaited. */
  readonly stop: AbortSignal;
  readonly onCloseFailed: (error: unknown) => void;
}

export function createStartup({ stop, onCloseFailed }: StartupOptions): Startup {
  const opened: (() => void | Promise<void>)[] = [];
  let closed: Promise<void> | null = null;

  async function closeOne(close: () => void | Promise<void>): Promise<void> {
    try {
      await close();
    } catch (error) {
      onCloseFailed(error);
    }
  }

  async function closeAll(): Promise<void> {
    for (let close = opened.pop(); close !== undefined; close = opened.pop()) await closeOne(close);
  }

  return {
    async start(open, close) {
      stop.throwIfAborted();
      const opening = Promise.resolve(open()).then((part) => {
        opened.push(() => close(part));
        // The part started after the others were closed, and no caller waited for it.
        if (closed !== null) void closeAll();
        return part;
      });
      return untilAborted(opening, stop);
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
