// Prints a result to the terminal, and with --write puts it into its own place in bench/README.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const README = new URL('README.md', import.meta.url);

/** Machine, Node and commit: figures mean nothing without them. */
export function circumstances(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed =
    git('status', '--porcelain', '--', 'src', 'sandbox', 'schema') === '' ? '' : ' with changes';
  const [first] = cpus();
  const machine = `${first?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores`;
  return `${machine}; Node ${process.versions.node}; commit ${git('rev-parse', '--short', 'HEAD')}${changed}.`;
}

/** Replaces the text between the markers of that name, which must exist. */
export function writeBlock(name: string, markdown: string): void {
  const text = readFileSync(README, 'utf8');
  const start = `<!-- ${name}: written by npm run ${name} -- --write -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`bench/README.md has no place for ${name}.`);
  writeFileSync(
    README,
    `${text.slice(0, from + start.length)}\n\n${markdown.trim()}\n\n${text.slice(to)}`,
  );
}

export function publish(name: string, markdown: string, isWritten: boolean): void {
  process.stdout.write(`\n${markdown}\n`);
  if (isWritten) writeBlock(name, markdown);
}
