// Keys in files, as Kubernetes mounts a Secret: read together at the start and again when they change. They are never
// stored or logged.
import type { CredentialSource, Credentials } from '../domain/credentials.js';
import type { Report } from '../domain/events.js';
import type { Parsed } from '../lib/parsed.js';
import { loadFile, openReloadedFiles } from '../lib/reloaded-file.js';
import { SYSTEM_CLOCK } from '../lib/time.js';

type Part = 'accessKeyId' | 'accessKeySecret' | 'securityToken';

/** A file that a setting names. */
export interface KeyFile {
  readonly part: Part;
  readonly setting: string;
  readonly path: string;
}

export interface KeyFilesOptions {
  readonly files: readonly KeyFile[];
  readonly monotonic?: (() => number) | undefined;
  readonly report?: Report | undefined;
  readonly everyMs?: number;
}

export interface FileCredentials extends CredentialSource {
  close(): void;
}

/** When PAI refuses keys permanently, not every request is sent twice. */
const REFRESH_EVERY_MS = 10_000;

/** Rejects, with a line for each problem, when the files are not valid at the start. */
export async function openKeyFiles(options: KeyFilesOptions): Promise<FileCredentials> {
  const { files, everyMs, report = () => {}, monotonic = SYSTEM_CLOCK.monotonic } = options;
  const type = 'file_reload';
  const file = 'access_key';
  const keys = await openReloadedFiles({
    paths: files.map(({ path }) => path),
    load: () => loadKeys(files),
    everyMs,
    onReload: () => report({ type, file, outcome: 'OK' }),
    onProblem: (reasons) => report({ type, file, outcome: 'INVALID', reasons }),
  });
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let refused: Credentials | undefined;
  let reading: Promise<void> | null = null;
  return {
    async get() {
      await reading;
      return keys.current();
    },
    current: () => (reading === null ? keys.current() : null),
    refresh() {
      if (monotonic() - refreshedAt < REFRESH_EVERY_MS) return keys.current() !== refused;
      refreshedAt = monotonic();
      refused = keys.current();
      // PAI may know of the new keys before the next look at the files.
      reading = keys.readNow().finally(() => {
        reading = null;
      });
      return true;
    },
    status: keys.status,
    close: keys.close,
  };
}

async function loadKeys(files: readonly KeyFile[]): Promise<Parsed<Credentials>> {
  const loaded = await Promise.all(
    files.map(async ({ part, setting, path }) => ({
      ...{ part, setting },
      text: await loadFile({ path, parse: parseKey }),
    })),
  );
  const problems: string[] = [];
  const keys = { accessKeyId: '', accessKeySecret: '' };
  for (const { part, setting, text } of loaded) {
    if (text.ok) Object.assign(keys, { [part]: text.value });
    else problems.push(...text.problems.map((problem) => `${setting}: ${problem}`));
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: keys };
}

/** Programs that write files often end them with a new line. */
function parseKey(text: string): Parsed<string> {
  const value = text.trim();
  if (value === '') return { ok: false, problems: ['It is empty.'] };
  return /^[\x21-\x7e]+$/.test(value)
    ? { ok: true, value }
    : { ok: false, problems: ['It must hold visible ASCII characters without spaces.'] };
}
