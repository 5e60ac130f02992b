// Writes the lines of the log. A reader that stops reading, a full disk or a closed terminal costs lines, and neither
// memory nor the service of requests. pino's own destination ends the process when a write fails, and at the end of the
// process it waits for a reader without a bound.
import { write, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemCodeOf } from '../lib/system-error.js';

export interface LineOutput {
  write(line: string): void;
  /** Waits for the lines that are left, as far as the time allows. */
  flush(): Promise<void>;
  /** The number of lines that were not written. */
  lost(): number;
}

const MAX_WAITING = 8 * 1024 * 1024;
/** Before the next attempt, after one that failed. */
const PAUSE_MS = 100;
/** A reader that stops must not keep the process from its end. */
const FLUSH_MS = 1000;
const STDOUT = 1;

const writeAsync = promisify(write);

export function openLineOutput(fd: number): LineOutput {
  let waiting: string[] = [];
  let length = 0;
  let lost = 0;
  let writing: Promise<void> | null = null;

  function take(): string[] {
    const lines = waiting;
    waiting = [];
    length = 0;
    return lines;
  }

  async function writeAll(): Promise<void> {
    // All lines of one iteration of the event loop are written with one call.
    await null;
    while (waiting.length > 0) {
      const lines = take();
      if (await isWritten(Buffer.from(lines.join('')))) continue;
      lost += lines.length;
      await setTimeout(PAUSE_MS, undefined, { ref: false });
    }
    writing = null;
  }

  async function isWritten(bytes: Buffer): Promise<boolean> {
    for (let rest = bytes; rest.length > 0; ) {
      try {
        const { bytesWritten } = await writeAsync(fd, rest);
        rest = rest.subarray(bytesWritten);
      } catch (error) {
        // A pipe that is full.
        if (systemCodeOf(error) !== 'EAGAIN') return false;
        await setTimeout(PAUSE_MS, undefined, { ref: false });
      }
    }
    return true;
  }

  process.on('exit', () => {
    try {
      writeSync(fd, take().join(''));
    } catch {
      // There is no place to report it.
    }
  });

  return {
    write(line) {
      if (length + line.length > MAX_WAITING) {
        lost += 1;
        return;
      }
      waiting.push(line);
      length += line.length;
      writing ??= writeAll();
    },
    async flush() {
      await Promise.race([writing, setTimeout(FLUSH_MS, undefined, { ref: false })]);
    },
    lost: () => lost,
  };
}

export const standardOutput = openLineOutput(STDOUT);
