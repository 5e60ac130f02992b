// `npm start` and similar scripts: builds, then runs the server. The build runs in a process of its own, so that
// its memory is freed; the server runs in this process, which gets the signals and gives the exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('build.mjs', import.meta.url));
const SIGNALS = ['SIGTERM', 'SIGINT'];
const PARENT_CHECK_MS = 200;

stopWithShellOfNpm();
const build = spawn(process.execPath, [BUILD], { stdio: 'inherit' });
for (const signal of SIGNALS) process.on(signal, stopEarly);
const [status] = await once(build, 'exit');
if (status !== 0) process.exit(status ?? 1);
await import('../dist/main.js');
// From here on the server handles the signals.
for (const signal of SIGNALS) process.off(signal, stopEarly);

/** Before the server starts, only the build runs. */
function stopEarly(signal) {
  build.kill(signal);
  process.exit(0);
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
