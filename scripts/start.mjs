// `npm start` and similar scripts: builds when dist/ is missing or older than its sources, then runs the server. The
// build runs in a process of its own, which frees its memory; the server runs in this one, which gets the signals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isBuilt } from './is-built.mjs';

const BUILD = fileURLToPath(new URL('build.mjs', import.meta.url));
const SIGNALS = ['SIGTERM', 'SIGINT'];
const PARENT_CHECK_MS = 200;

// The server ignores it, too.
process.on('SIGHUP', () => {});
stopWithShellOfNpm();
if (!isBuilt()) await runBuild();
await import('../dist/main.js');

async function runBuild() {
  const build = spawn(process.execPath, [BUILD], { stdio: 'inherit' });
  const stopEarly = (signal) => {
    build.kill(signal);
    process.exit(0);
  };
  for (const signal of SIGNALS) process.on(signal, stopEarly);
  const [status] = await once(build, 'exit');
  if (status !== 0) process.exit(status ?? 1);
  // From here on the server handles the signals.
  for (const signal of SIGNALS) process.off(signal, stopEarly);
}

/**
 * npm sends SIGTERM to its shell, and a shell such as dash ends without passing it on: the server would run
 * on without a parent.
 */
function stopWithShellOfNpm() {
  // biome-ignore lint/style/noProcessEnv: it says that npm runs this process, and is not a setting.
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== shell) process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS).unref();
  for (const signal of SIGNALS) process.once(signal, () => clearInterval(timer));
}
