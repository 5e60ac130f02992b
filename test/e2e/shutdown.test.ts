import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { inputs } from '../support/inputs.js';
import { eventually, linesOf, type MainProcess, startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql, SANDBOX_ENV } from '../support/with-app.js';

/** A generator of numbers from 0 to below 1 (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const shutdownOf = (main: MainProcess) =>
  linesOf(main.stdout()).filter(({ event }) => /^shutdown_/.test(String(event)));

/** How the signal ended it, and after how many milliseconds. */
async function terminate(main: MainProcess, signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM') {
  const sentAt = Date.now();
  main.child.kill(signal);
  return { code: await main.exitCode, ms: Date.now() - sentAt };
}

/** Runs before the server's own code: it listens to nothing, so that the start does not end. */
const isNode20 = process.versions.node.startsWith('20.');
const HANGING_START = withPreload(`
  import { Server } from 'node:net';
  Server.prototype.listen = function () { process.stderr.write('begins'); setInterval(() => {}, 1e6); return this; };
`);

function withPreload(script: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

describe('a signal during the start', () => {
  test.each([
    ['the embedded sandbox', {}],
    ['the server', { PAI_ENDPOINT: 'http://127.0.0.1:1', ...SANDBOX_ENV }],
    ['its metrics', { PAI_ENDPOINT: 'http://127.0.0.1:1', ...SANDBOX_ENV, METRICS_PORT: '0' }],
  ])('ends it at once and well while %s does not start', async (_, env) => {
    await using main = startMain({ PORT: '0', ...HANGING_START, ...env });
    if (main.child.stderr) await once(main.child.stderr, 'data');
    const { code } = await terminate(main);
    expect([code, main.stdout()]).toEqual([0, '']);
  });

  // Node itself has no handler for a moment, and then ends by the signal.
  test('at any moment ends it well, or by the signal before its first line', async () => {
    const random = seeded(12);
    for (let round = 0; round < inputs(6, 20); round += 1) {
      await using main = startMain({ PORT: '0' });
      const afterMs = Math.floor(random() * 400);
      await pause(afterMs);
      const { code } = await terminate(main);
      const signal = await main.endSignal;
      expect([afterMs, code ?? signal]).toEqual([afterMs, code === 0 ? 0 : 'SIGTERM']);
      if (signal !== null) expect(main.stdout()).toBe('');
      expect(main.stderr()).toBe('');
    }
  });

  test('is handled before any code of the server is loaded', async () => {
    const script = `
      process.on('newListener', (name) => {
        if (name === 'SIGTERM') setImmediate(() => process.kill(process.pid, 'SIGTERM'));
      });
    `;
    await using main = startMain({ PORT: '0', LOG_LEVEL: 'loud', ...withPreload(script) });
    // Node 20 gets the signal before the server can report the wrong LOG_LEVEL; newer versions load it in one turn.
    expect(isNode20 ? [0] : [0, 78]).toContain(await main.exitCode);
    expect([await main.endSignal, main.stdout()]).toEqual([null, '']);
  });
});

describe.concurrent('a second signal', () => {
  test.each([
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGINT', 130],
  ] as const)('after %s, %s, ends a drain at once with %s', async (first, second, exitCode) => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ fault: { kind: 'hang' } });
    await using main = startMain({ PORT: '0', PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV });
    const url = await main.url;
    const query = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
    const outcome = postGraphql(url, { query }).then(
      () => 'answered',
      () => 'cut off',
    );
    await eventually(() => sandbox.inFlight() === 1 || undefined);
    main.child.kill(first);
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 503 || undefined);
    const { code } = await terminate(main, second);
    expect([code, await outcome]).toEqual([exitCode, 'cut off']);
    await sandbox.close();
  });

  const TWO_AT_ONCE = withPreload(`
    process.on('newListener', (name) => {
      if (name !== 'SIGINT') return;
      setImmediate(() => { process.emit('SIGINT'); process.emit('SIGINT'); });
    });
  `);

  test('ends a start that is being given up, too', async () => {
    await using main = startMain({ PORT: '0', ...TWO_AT_ONCE });
    expect(await main.exitCode).toBe(130);
  });

  // The terminal sends one to all processes, and npm hands its own on.
  test('counts for nothing where npm has made two of one Ctrl-C', async () => {
    await using main = startMain({ PORT: '0', npm_lifecycle_event: 'start', ...TWO_AT_ONCE });
    expect(await main.exitCode).toBe(0);
  });
});

const NAME = `{ model(id: "${DOCUMENTED_ID}") { name } }`;

/** A connection of its own for each request. */
const statusOf = async (url: string) => {
  const response = await fetch(url, { headers: { connection: 'close' } });
  await response.body?.cancel();
  return response.status;
};

describe.concurrent('SHUTDOWN_DELAY_MS', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'is how long all but /readyz is served after %s, on connections that close behind a response',
    async (signal) => {
      await using main = startMain({ PORT: '0', METRICS_PORT: '0', SHUTDOWN_DELAY_MS: '5000' });
      const url = await main.url;
      const metrics = /metrics at (\S+)/.exec(main.readyText())?.[1] ?? '';
      // The first operation takes long on a busy machine.
      await postGraphql(url, { query: NAME });
      const end = terminate(main, signal);
      await eventually(async () => (await statusOf(`${url}/readyz`)) === 503 || undefined);
      const urls = [url, `${url}/healthz`, `${url}/schema.graphql`, metrics];
      const [{ data, headers }, ...statuses] = await Promise.all([
        postGraphql(url, { query: NAME }),
        ...urls.map(statusOf),
      ]);
      expect(data).toEqual({ model: { name: '情感分析' } });
      expect(headers.get('connection')).toBe('close');
      expect(statuses).toEqual([200, 200, 200, 200]);
      const { code, ms } = await end;
      expect([code, main.stderr()]).toEqual([0, '']);
      expect(ms).toBeGreaterThanOrEqual(5000);
    },
  );

  test('is followed by the drain of the requests that came meanwhile', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ delayMs: 1500 });
    const env = { PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV, SHUTDOWN_DELAY_MS: '1000' };
    await using main = startMain({ PORT: '0', ...env });
    const url = await main.url;
    const end = terminate(main);
    await eventually(async () => (await statusOf(`${url}/readyz`)) === 503 || undefined);
    expect((await postGraphql(url, { query: NAME })).data).toEqual({ model: { name: '情感分析' } });
    expect((await end).code).toBe(0);
    await sandbox.close();
  });

  test('ends with a second signal', async () => {
    await using main = startMain({ PORT: '0', SHUTDOWN_DELAY_MS: '60000' });
    const url = await main.url;
    main.child.kill('SIGTERM');
    await eventually(async () => (await statusOf(`${url}/readyz`)) === 503 || undefined);
    const { code, ms } = await terminate(main);
    expect(code).toBe(143);
    expect(ms).toBeLessThan(5000);
  });
});

test.each(['dist/main.js', 'scripts/start.mjs'])('SIGHUP does not end %s', async (script) => {
  await using main = startMain({ PORT: '0' }, { script });
  const url = await main.url;
  main.child.kill('SIGHUP');
  await pause(300);
  expect(await statusOf(`${url}/readyz`)).toBe(200);
  expect((await terminate(main)).code).toBe(0);
});

describe('SIGTERM', () => {
  // The process stands still meanwhile: the kernel has the requests, and the server has read none.
  test('comes after requests that have reached a socket, and all of them are answered', async () => {
    await using main = startMain({ PORT: '0' });
    const { hostname, port } = new URL(await main.url);
    const answers: string[] = [];
    const ask = (index: number) => {
      const socket = connect(Number(port), hostname).setEncoding('utf8');
      socket.on('error', () => {});
      socket.on('data', (text) => {
        answers[index] = (answers[index] ?? '') + text;
      });
      socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
      return new Promise<typeof socket>((resolve) => socket.once('connect', () => resolve(socket)));
    };
    const kept = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
    await eventually(() => Object.keys(answers).length === 50 || undefined);
    main.child.kill('SIGSTOP');
    for (const socket of kept) socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const opened = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(50 + index)));
    await pause(100);
    const end = terminate(main);
    main.child.kill('SIGCONT');
    expect((await end).code).toBe(0);
    await Promise.all([...kept, ...opened].map((socket) => socket.closed || once(socket, 'close')));
    const counts = answers.map((text) => text.split('{"status":"alive"}').length - 1);
    expect(counts).toEqual(Array.from({ length: 150 }, (_, index) => (index < 50 ? 2 : 1)));
  });

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
    expect(shutdownOf(main)).toMatchObject([
      { level: 'info', delayMs: 0 },
      { level: 'info', durationMs: expect.any(Number), cutRequests: 0 },
    ]);
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

  test('cuts a client that has not sent its whole request in the time of an operation, and says so', async () => {
    await using main = startMain({ PORT: '0', REQUEST_TIMEOUT_MS: '200' });
    const { hostname, port } = new URL(await main.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write('GET /healthz HTTP/1.1\r\n');
    await pause(200);
    expect((await terminate(main)).code).toBe(0);
    expect(shutdownOf(main)).toMatchObject([
      { msg: 'The shutdown begins' },
      {
        level: 'warn',
        cutRequests: 1,
        msg: expect.stringMatching(/took \d+ ms and cut 1 requests$/),
      },
    ]);
  });

  test('waits no longer than an operation may take', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ fault: { kind: 'hang' } });
    const limits = { UPSTREAM_TIMEOUT_MS: '60000', REQUEST_TIMEOUT_MS: '3000' };
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
    expect(ms).toBeLessThan(20_000);
    await sandbox.close();
  });
});
