// The console transcripts of a document, run anew.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The fenced text after the mark. */
export function blockOf(document: string, mark: string): string {
  const [, rest = ''] = document.split(`<!-- ${mark} -->\n`);
  return /^```\w+\n([\s\S]*?)```/.exec(rest)?.[1] ?? '';
}

/** `NAME=value … npm start` */
export function settingsOf(command: string): Record<string, string> {
  const pairs = [...command.matchAll(/(\w+)=(\S+)/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

/** Each command, and what it prints now. The addresses of the document stand for those of the test. */
export async function replay(
  transcript: string,
  appUrl: string,
  sandboxUrl: string,
): Promise<string> {
  const commands = transcript.split('\n').filter((line) => line.startsWith('$ '));
  // In one pass: a port of the system's choice may begin with the digits of one that is written.
  const script = commands.flatMap((command) => [
    `cat <<'COMMAND'\n${command}\nCOMMAND`,
    command
      .slice(2)
      .replace(/http:\/\/127\.0\.0\.1:40([01])0\b/g, (_, which) =>
        which === '0' ? appUrl : sandboxUrl,
      ),
    'echo',
  ]);
  const { stdout } = await promisify(execFile)('sh', ['-c', script.join('\n')]);
  return stdout;
}

/** Without values that differ each time. */
export function masked(transcript: string): string {
  return transcript
    .replace(/"waitMs":\d+/g, '"waitMs":0')
    .replace(/"available":\d+/g, '"available":0')
    .replace(/[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/g, 'ID')
    .replace(/\n+/g, '\n')
    .trim();
}
