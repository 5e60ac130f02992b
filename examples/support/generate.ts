// Before all tests: builds the server, and runs the commands of docs/clients.md that generate code from its schema.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from './server';

const run = promisify(execFile);
const EXAMPLES = join(import.meta.dirname, '..');

export default async function generate(): Promise<void> {
  execFileSync(process.execPath, ['scripts/build.mjs'], {
    cwd: join(EXAMPLES, '..'),
    stdio: 'inherit',
  });
  await using server = await startServer();
  const runScript = async (path: string) => {
    const script = readFileSync(join(EXAMPLES, path), 'utf8');
    const commands = script.replaceAll('http://127.0.0.1:4000', server.origin);
    await run('sh', ['-ec', commands], { cwd: EXAMPLES });
  };
  await runScript('clients/schema.sh');
  await runScript('clients/codegen/generate.sh');
  await runScript('clients/relay/generate.sh');
  await runScript('clients/gql-tada/generate.sh');
}
