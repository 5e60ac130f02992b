// Reads a file that a setting names, and checks it as a whole. A reloaded file is read again when it changes; if
// its new content is not valid, the last valid content stays in force.
import { readFile, stat } from 'node:fs/promises';
import type { Parsed } from '../lib/parsed.js';
import { systemCodeOf, unreadableFile } from '../lib/system-error.js';

export interface ReloadedFile<T> {
  current(): T;
  /** `failing`: the present content is not valid, and an earlier one is in force. */
  status(): 'ok' | 'failing';
  close(): void;
}

export interface FileOptions<T> {
  readonly path: string;
  readonly parse: (text: string) => Parsed<T>;
}

export interface ReloadedFileOptions<T> extends FileOptions<T> {
  /** Called once for each state of the file that is not valid. */
  readonly onProblem: (reasons: readonly string[]) => void;
  /** For tests: the interval between two checks. */
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 1000;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Rejects when the file is not valid at the start. It polls the file itself: a watcher of the folder misses
 * the ways in which editors and Kubernetes replace a file.
 */
export async function openReloadedFile<T>(
  options: ReloadedFileOptions<T>,
): Promise<ReloadedFile<T>> {
  const { path, onProblem, everyMs = EVERY_MS } = options;
  // The stamp is taken before the text is read: the next check then finds a change in between.
  let seen = await stampOf(path);
  let current: T = await readFileOnce(options);
  let status: 'ok' | 'failing' = 'ok';
  let isChecking = false;

  async function check(): Promise<void> {
    const stamp = await stampOf(path);
    if (stamp === seen) return;
    seen = stamp;
    const loaded = await loadFile(options);
    status = loaded.ok ? 'ok' : 'failing';
    if (loaded.ok) current = loaded.value;
    else onProblem(loaded.problems);
  }

  const timer = setInterval(async () => {
    if (isChecking) return;
    isChecking = true;
    await check();
    isChecking = false;
  }, everyMs).unref();

  return { current: () => current, status: () => status, close: () => clearInterval(timer) };
}

/** Rejects with a line for each problem. */
export async function readFileOnce<T>(options: FileOptions<T>): Promise<T> {
  const loaded = await loadFile(options);
  if (loaded.ok) return loaded.value;
  throw new Error(loaded.problems.join('\n'));
}

/** Never waits for a pipe or a terminal, which would also delay the end of the process. */
async function loadFile<T>({ path, parse }: FileOptions<T>): Promise<Parsed<T>> {
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
