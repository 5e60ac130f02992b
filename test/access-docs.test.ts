// The commands of docs/access.md are run against its settings, and print the output that it shows.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.js';
import { describeWith, REPO_ROOT } from './support/programs.js';
import { startTestApp } from './support/with-app.js';

const DOCUMENT = join(REPO_ROOT, 'docs/access.md');

/** The fenced text after the mark. */
function blockOf(document: string, mark: string): string {
  const [, rest = ''] = document.split(`<!-- ${mark} -->\n`);
  return /^```\w+\n([\s\S]*?)```/.exec(rest)?.[1] ?? '';
}

/** `NAME=value … npm start`, where addresses and files are those of the test. */
function settingsOf(command: string, { url }: Sandbox, folder: string): Record<string, string> {
  const pairs = [...command.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [
    name,
    value
      .replace('http://127.0.0.1:4010', url)
      .replace(/^\w+\.json$/, (file) => join(folder, file)),
  ]);
  return Object.fromEntries(pairs);
}

/** The transcript anew: each command, and what it prints now. */
async function replay(transcript: string, appUrl: string, sandboxUrl: string): Promise<string> {
  const commands = transcript.split('\n').filter((line) => line.startsWith('$ '));
  // In one pass: a port of the system's choice may begin with the digits of one that is written.
  const script = commands.flatMap((command) => [
    `cat <<'COMMAND'\n${command}\nCOMMAND`,
    command
      .slice(2)
      .replace(/http:\/\/127\.0\.0\.1:40([01])0\b/g, (_, which) =>
        which === '0' ? appUrl : sandboxUrl,
      ),
  ]);
  const { stdout } = await promisify(execFile)('sh', ['-c', script.join('\n')]);
  return stdout;
}

/** Without what is different each time. */
const masked = (transcript: string) =>
  transcript
    .replace(/"waitMs":\d+/g, '"waitMs":0')
    .replace(/[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/g, 'ID')
    .replace(/\n+/g, '\n')
    .trim();

describeWith('curl', 'docs/access.md', () => {
  test.each(['none', 'api-key', 'jwt', 'caller'])('shows what %s does', async (mode) => {
    const document = await readFile(DOCUMENT, 'utf8');
    const folder = await mkdtemp(join(tmpdir(), 'access-'));
    for (const file of ['keys.json', 'roles.json']) {
      await writeFile(join(folder, file), blockOf(document, `file: ${file}`));
    }
    const sandbox = await startSandbox();
    const settings = settingsOf(blockOf(document, `settings: ${mode}`), sandbox, folder);
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
