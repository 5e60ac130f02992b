// Starts parts in order and closes them in reverse order, at the end or when a later part fails to start.
import { untilAborted } from './lib/until-aborted.js';

interface Closable {
  close(): void | Promise<void>;
}

export type Startup = ReturnType<typeof createStartup>;

/** After the abort of `stop` no part starts, and a start in progress is not awaited. */
export function createStartup(stop: AbortSignal, onCloseFailed: (error: unknown) => void) {
  const started: Closable[] = [];
  let closing: Promise<void> | null = null;

  async function closeAll(): Promise<void> {
    for (let part = started.pop(); part !== undefined; part = started.pop()) {
      try {
        await part.close();
      } catch (error) {
        onCloseFailed(error);
      }
    }
  }

  return {
    /** Rejects when the part fails to start, and when the program must stop; the caller then closes the others. */
    async start<Part extends Closable>(open: () => Part | Promise<Part>): Promise<Part> {
      stop.throwIfAborted();
      const opening = Promise.resolve(open()).then((part) => {
        started.push(part);
        // The part started after the others were closed, and no caller waited for it.
        if (closing !== null) void closeAll();
        return part;
      });
      return untilAborted(opening, stop);
    },
    /** Closes all started parts. It never rejects: a part that fails to close must not keep the others open. */
    close(): Promise<void> {
      closing ??= closeAll();
      return closing;
    },
  };
}
