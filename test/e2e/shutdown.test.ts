import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.js';
import { eventually, type MainProcess, startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql, SANDBOX_ENV } from '../support/with-app.js';

/** How the signal ended it, and after how many milliseconds. */
async function terminate(main: MainProcess, signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM') {
  const sentAt = Date.now();
  main.child.kill(signal);
  return { code: await main.exitCode, ms: Date.now() - sentAt };
}

describe('SIGTERM', () => {
  test('lets a request in flight finish while /readyz says that it drains', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ delayMs: 800 });
    await using main = startMain({ PORT: '0', PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV });
    const url = await main.url;
    const query = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
    const answer = postGraphql(url, { query });
    await eventually(() => sandbox.inFlight() === 1 || undefined);

    const end = terminate(main);
    const draining = await eventually(async () => {
      const response = await fetch(`${url}/readyz`);
      const body = await response.json();
      return response.status === 503 ? body : undefined;
    });
    expect(draining).toMatchObject({ status: 'draining' });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(sandbox.inFlight()).toBe(1);

    const { status, data, headers } = await answer;
    expect(status).toBe(200);
    expect(data).toEqual({ model: { name: '情感分析' } });
    expect(headers.get('x-request-id')).toBeTruthy();
    expect((await end).code).toBe(0);
    expect(main.stderr()).toBe('');
    await sandbox.close();
  });

  test('ends an idle server at once, and so does SIGINT, which Ctrl-C sends', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await using main = startMain({ PORT: '0' });
      await main.url;
      const { code, ms } = await terminate(main, signal);
      expect([signal, code, main.stderr()]).toEqual([signal, 0, '']);
      expect(ms).toBeLessThan(3000);
    }
  });

  test('is not held up by idle connections, used or never used', async () => {
    await using main = startMain({ PORT: '0' });
    const url = await main.url;
    const agent = new Agent({ keepAlive: true });
    await new Promise((resolve) => {
      get(`${url}/healthz`, { agent }, (response) => response.resume().once('end', resolve));
    });
    const { hostname, port } = new URL(url);
    // Browsers open connections ahead of need.
    const unused = connect(Number(port), hostname);
    unused.on('error', () => {});
    await new Promise((resolve) => unused.once('connect', resolve));

    const { code, ms } = await terminate(main);
    agent.destroy();
    unused.destroy();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3000);
  });

  test('waits no longer than an operation may take', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ fault: { kind: 'hang' } });
    const limits = { UPSTREAM_TIMEOUT_MS: '60000', REQUEST_TIMEOUT_MS: '500' };
    await using main = startMain({
      PORT: '0',
      PAI_ENDPOINT: sandbox.url,
      ...SANDBOX_ENV,
      ...limits,
    });
    const query = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
    const answer = postGraphql(await main.url, { query });
    await eventually(() => sandbox.inFlight() === 1 || undefined);
    const { code, ms } = await terminate(main);
    expect((await answer).errors[0]?.extensions).toEqual({ code: 'UPSTREAM_TIMEOUT' });
    expect(code).toBe(0);
    expect(ms).toBeLessThan(2000);
    await sandbox.close();
  });
});
