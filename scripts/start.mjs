// `npm start` and its kin: builds, then is the server. The build has a process of its own, whose memory ends with it;
// the server has this one, which gets the signals and has its exit code.
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
// From here on the server handles them.
for (const signal of SIGNALS) process.off(signal, stopEarly);

/** Nothing has begun but the build. */
function stopEarly(signal) {
  build.kill(signal);
  process.exit(0);
}

/**
 * npm hands SIGTERM to its shell, and one such as dash ends without handing it on: the server would run on
 * without a parent.
 */
function stopWithShellOfNpm() {
  // biome-ignore lint/style/noProcessEnv: it says that npm is above, and is no setting.
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== shell) process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS).unref();
  for (const signal of SIGNALS) process.once(signal, () => clearInterval(timer));
}
