// The server as the first process of a container, where the kernel withholds signals that the process does not handle.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import {
  describeWith,
  eventually,
  type MainOptions,
  skipSuite,
  startMain,
} from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql, SANDBOX_ENV } from '../support/with-app.js';

const WAYS = [
  ['--pid', '--fork', '--kill-child'],
  // For other users than root.
  ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'],
];
const REFUSED = /Operation not permitted|No space left on device|Invalid argument/;

describeWith('unshare', 'as process 1', (unshare) => {
  const trials = WAYS.map((way) => {
    const { status, stderr } = spawnSync(unshare, [...way, 'true'], { encoding: 'utf8' });
    return { launcher: [unshare, ...way], isAllowed: status === 0, stderr };
  });
  const allowed = trials.find(({ isAllowed }) => isAllowed);
  const refusals = trials.map(({ stderr }) => stderr.trim()).join('; ');
  if (allowed === undefined && trials.every(({ stderr }) => REFUSED.test(stderr))) {
    // No package can change that, so REQUIRE_PROGRAMS does not ask for it.
    const reason = `needs the right to make a namespace of processes (${refusals})`;
    skipSuite('the server as process 1', reason, () => test('is not run', () => {}));
    return;
  }
  test('a namespace of processes is made, or refused for a known reason', () => {
    expect([allowed !== undefined, refusals]).toEqual([true, expect.any(String)]);
  });
  if (allowed !== undefined) suite(allowed.launcher);
});

function suite(launcher: readonly string[]): void {
  /** Like startMain, with the process that runs as process 1. */
  async function start(env: Record<string, string>, options: MainOptions = {}) {
    const main = startMain({ PORT: '0', ...env }, { ...options, launcher });
    const { pid } = main.child;
    const inner = await eventually(() => {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      return children === '' ? undefined : Number(children);
    });
    return { ...main, send: (signal: NodeJS.Signals) => process.kill(inner, signal), inner };
  }

  const statusOf = async (url: string) => (await fetch(`${url}/readyz`)).status;

  describe.each(['dist/main.js', 'scripts/start.mjs'])('%s', (script) => {
    test('drains after SIGTERM, and ends with 0', async () => {
      const sandbox = await startSandbox();
      sandbox.faults.add({ delayMs: 1000 });
      const env = { PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV };
      await using main = await start(env, { script });
      const url = await main.url;
      expect(readFileSync(`/proc/${main.inner}/status`, 'utf8')).toMatch(/^NSpid:.*\t1$/m);
      const answer = postGraphql(url, { query: `{ model(id: "${DOCUMENTED_ID}") { name } }` });
      await eventually(() => sandbox.inFlight() === 1 || undefined);
      main.send('SIGTERM');
      expect(await eventually(async () => (await statusOf(url)) === 503 || undefined)).toBe(true);
      expect((await answer).data).toEqual({ model: { name: '情感分析' } });
      expect([await main.exitCode, main.stderr()]).toEqual([0, '']);
      await sandbox.close();
    });

    test('ends with the exit code for wrong settings', async () => {
      await using main = startMain({ LOG_LEVEL: 'loud' }, { script, launcher });
      expect(await main.exitCode).toBe(78);
    });
  });

  test('ends at once after a second signal, also during the delay', async () => {
    await using main = await start({ SHUTDOWN_DELAY_MS: '60000' });
    const url = await main.url;
    main.send('SIGTERM');
    await eventually(async () => (await statusOf(url)) === 503 || undefined);
    main.send('SIGINT');
    expect(await main.exitCode).toBe(130);
  });

  test('is not ended by SIGHUP', async () => {
    await using main = await start({});
    const url = await main.url;
    main.send('SIGHUP');
    await pause(300);
    expect(await statusOf(url)).toBe(200);
    main.send('SIGTERM');
    expect(await main.exitCode).toBe(0);
  });
}
