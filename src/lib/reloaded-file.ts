// Reads files that settings name, and checks them as a whole. Reloaded files are read again when they change; if
// their new content is not valid, the last valid content stays in force.
import { readFile, stat } from 'node:fs/promises';
import type { Parsed } from './parsed.js';
import { systemCodeOf, unreadableFile } from './system-error.js';

export interface Reloaded<T> {
  current(): T;
  /** `failing`: the present content is not valid, and an earlier one is in force. */
  status(): 'ok' | 'failing';
  /** Reads the files now if they have changed; never rejects. */
  readNow(): Promise<void>;
  close(): void;
}

export interface FileOptions<T> {
  readonly path: string;
  readonly parse: (text: string) => Parsed<T>;
}

interface Watching<T> {
  /** Called when a new content has come into force. */
  readonly onReload?: ((value: T) => void) | undefined;
  /** Called once for each state of the files that is not valid. */
  readonly onProblem: (reasons: readonly string[]) => void;
  /** For tests: the interval between two checks. */
  readonly everyMs?: number | undefined;
}

export type ReloadedFileOptions<T> = FileOptions<T> & Watching<T>;

export interface ReloadedFilesOptions<T> extends Watching<T> {
  readonly paths: readonly string[];
  /** Reads all files. */
  readonly load: () => Promise<Parsed<T>>;
}

const EVERY_MS = 500;
const MAX_BYTES = 8 * 1024 * 1024;

/** One file. */
export function openReloadedFile<T>(options: ReloadedFileOptions<T>): Promise<Reloaded<T>> {
  return openReloadedFiles({ ...options, paths: [options.path], load: () => loadFile(options) });
}

/**
 * Files that are valid only together. Rejects when they are not valid at the start. It polls the files itself: a
 * watcher of the folder misses the ways in which editors and Kubernetes replace a file.
 */
export async function openReloadedFiles<T>(options: ReloadedFilesOptions<T>): Promise<Reloaded<T>> {
  const { paths, load, onReload, onProblem, everyMs = EVERY_MS } = options;
  const stampNow = async () => (await Promise.all(paths.map(stampOf))).join('\n');
  // The stamp is taken before the text is read: the next check then finds a change in between.
  let seen = await stampNow();
  let changedTo = seen;
  let current = contentOf(await load());
  let status: 'ok' | 'failing' = 'ok';
  let isChecking = false;

  async function read(stamp: string): Promise<void> {
    const loaded = await load();
    // The files are being written, or another read has ended first.
    if (stamp === seen || stamp !== (await stampNow())) return;
    seen = stamp;
    status = loaded.ok ? 'ok' : 'failing';
    if (loaded.ok) {
      current = loaded.value;
      onReload?.(current);
    } else onProblem(loaded.problems);
  }

  /** A change is read when the next check finds nothing newer: a writer may need several writes. */
  async function check(): Promise<void> {
    const stamp = await stampNow();
    if (stamp !== seen && stamp === changedTo) await read(stamp);
    changedTo = stamp;
  }

  const timer = setInterval(async () => {
    if (isChecking) return;
    isChecking = true;
    await check();
    isChecking = false;
  }, everyMs).unref();

  return {
    current: () => current,
    status: () => status,
    async readNow() {
      const stamp = await stampNow();
      if (stamp !== seen) await read(stamp);
    },
    close: () => clearInterval(timer),
  };
}

/** Rejects with a line for each problem. */
export async function readFileOnce<T>(options: FileOptions<T>): Promise<T> {
  return contentOf(await loadFile(options));
}

function contentOf<T>(loaded: Parsed<T>): T {
  if (loaded.ok) return loaded.value;
  throw new Error(loaded.problems.join('\n'));
}

/** Never waits for a pipe or a terminal, which would also delay the end of the process. */
export async function loadFile<T>({ path, parse }: FileOptions<T>): Promise<Parsed<T>> {
  try {
    const about = await stat(path);
    if (!about.isFile()) return broken('It is not a file.');
    if (about.size > MAX_BYTES) return broken(`It is larger than ${MAX_BYTES / 1024 / 1024} MB.`);
    const text = await readFile(path, 'utf8');
    // A byte order mark is not part of the text.
    return parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return broken(unreadableFile(error));
  }
}

function broken(problem: string): Parsed<never> {
  return { ok: false, problems: [problem] };
}

async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return String(systemCodeOf(error));
  }
}
