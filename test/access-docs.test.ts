// The commands of docs/access.md are run against its settings, and print the output that it shows.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.js';
import { describeWith, REPO_ROOT } from './support/programs.js';
import { blockOf, masked, replay, settingsOf } from './support/transcripts.js';
import { startTestApp } from './support/with-app.js';

const DOCUMENT = join(REPO_ROOT, 'docs/access.md');

/** With the addresses and files of the test. */
function settingsFor(command: string, { url }: Sandbox, folder: string): Record<string, string> {
  const settings = Object.entries(settingsOf(command)).map(([name, value]) => [
    name,
    value
      .replace('http://127.0.0.1:4010', url)
      .replace(/^\w+\.json$/, (file) => join(folder, file)),
  ]);
  return Object.fromEntries(settings);
}

describeWith('curl', 'docs/access.md', () => {
  test.each(['none', 'api-key', 'jwt', 'caller'])('shows what %s does', async (mode) => {
    const document = await readFile(DOCUMENT, 'utf8');
    const folder = await mkdtemp(join(tmpdir(), 'access-'));
    for (const file of ['keys.json', 'roles.json']) {
      await writeFile(join(folder, file), blockOf(document, `file: ${file}`));
    }
    const sandbox = await startSandbox();
    const settings = settingsFor(blockOf(document, `settings: ${mode}`), sandbox, folder);
    const app = await startTestApp(settings);
    const transcript = blockOf(document, `transcript: ${mode}`);
    expect(transcript).not.toBe('');
    const now = await replay(transcript, app.url, sandbox.url);
    await app.close();
    await sandbox.close();
    await rm(folder, { recursive: true });
    expect(masked(now)).toBe(masked(transcript));
  });
});
