// A file of a test's own, in a folder that goes with it.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestFile extends AsyncDisposable {
  readonly path: string;
  readonly folder: string;
  write(text: string): Promise<void>;
  /** As editors do: a new file takes the place of the old one. */
  replace(text: string): Promise<void>;
  remove(): Promise<void>;
}

export async function aFile(text: string): Promise<TestFile> {
  const folder = await mkdtemp(join(tmpdir(), 'auth-'));
  const path = join(folder, 'file.json');
  await writeFile(path, text);
  return {
    path,
    folder,
    write: (next) => writeFile(path, next),
    async replace(next) {
      await writeFile(`${path}.new`, next);
      await rename(`${path}.new`, path);
    },
    remove: () => rm(path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
