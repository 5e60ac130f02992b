import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { VERSION } from '../../src/lib/version.js';
import { checkoutOf, filesIn } from '../support/checkout.js';
import { freePort } from '../support/free-port.js';
import { eventually, findPrograms, linesOf, startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql, SANDBOX_ENV } from '../support/with-app.js';

const NAME = `query Name { model(id: "${DOCUMENTED_ID}") { name } }`;

describe.concurrent('without settings', () => {
  test('it serves the sandbox and says so in one line with the address', async () => {
    await using main = startMain({ PORT: '0' });
    const url = await main.url;
    const [, sandboxUrl] = / at (http:\S+),/.exec(main.readyText()) ?? [];
    expect(await (await fetch(`${sandboxUrl}/_sandbox/faults`)).json()).toEqual([]);
    const source = `sample models of the embedded sandbox at ${sandboxUrl}`;
    expect(linesOf(main.stdout())).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        event: 'ready',
        version: VERSION,
        settings: expect.objectContaining({ PORT: '0', LOG_LEVEL: 'info', PLAYGROUND: 'true' }),
        msg: `GraphQL at ${url}/graphql from ${source}, playground at /`,
      },
    ]);
    expect(main.stderr()).toBe('');
    const { data, headers } = await postGraphql(url, { query: NAME });
    expect(data).toEqual({ model: { name: '情感分析' } });

    // Then one line for each operation.
    expect(await main.logAtEnd()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        ms: expect.any(Number),
        upstreamCalls: 1,
        outcome: 'OK',
        requestId: headers.get('x-request-id'),
        msg: 'query Name finished: OK',
      },
    ]);
  });

  test('doubtful settings are warnings in the log, one line each, without their values', async () => {
    const env = { PAI_ENDPIONT: 'hunter2', UPSTREAM_TIMEOUT_MS: '20000', LOG_LEVEL: 'warn ' };
    await using main = startMain({ PORT: '0', ...env });
    await main.url;
    const warning = (msg: string) => ({ level: 'warn', time: expect.any(String), msg });
    expect(await main.logAtEnd()).toEqual([
      warning('LOG_LEVEL has white space around it, which is left out.'),
      warning('UPSTREAM_TIMEOUT_MS is above REQUEST_TIMEOUT_MS, which ends every attempt earlier.'),
      warning('PAI_ENDPIONT is not a setting; did you mean PAI_ENDPOINT?'),
    ]);
    expect(main.stderr()).toBe('');
  });

  // With a free port for the metrics, nothing said which.
  test('METRICS_PORT=0 takes a free port and the ready line names it', async () => {
    await using main = startMain({ PORT: '0', METRICS_PORT: '0' });
    await main.url;
    const metrics = /, metrics at (http:\/\/\S+:[1-9]\d*\/metrics)$/.exec(main.readyText())?.[1];
    const response = await fetch(metrics ?? '');
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^# HELP /m);
  });

  test('two of them run side by side and write nothing where they lie', async () => {
    const checkout = checkoutOf('dist', 'playground', 'schema', 'package.json');
    const before = filesIn(checkout);
    try {
      await using one = startMain({ PORT: '0' }, { cwd: checkout });
      await using other = startMain({ PORT: '0' }, { cwd: checkout });
      const urls = await Promise.all([one.url, other.url]);
      expect(new Set(urls).size).toBe(2);
      for (const url of urls) {
        expect((await postGraphql(url, { query: NAME })).data.model.name).toBe('情感分析');
        expect((await fetch(url)).status).toBe(200);
      }
      for (const main of [one, other]) {
        main.child.kill('SIGTERM');
        expect(await main.exitCode).toBe(0);
      }
      expect(filesIn(checkout)).toEqual(before);
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });
});

describe.concurrent('every line on stdout is JSON', () => {
  test('from the ready line to the end of the shutdown, the former also with LOG_LEVEL=silent', async () => {
    for (const LOG_LEVEL of ['debug', 'silent']) {
      await using main = startMain({ PORT: '0', LOG_LEVEL, PAI_ENDPIONT: 'x' });
      await postGraphql(await main.url, { query: NAME });
      await main.logAtEnd();
      const events = linesOf(main.stdout()).flatMap(({ event }) => event ?? []);
      expect(events).toContain('ready');
      if (LOG_LEVEL === 'debug') expect(events.join()).toMatch(/,shutdown_began,shutdown_ended$/);
      else expect(events).toEqual(['ready']);
    }
  });

  test.skipIf(!existsSync('/dev/full'))(
    'where the disk is full the lines are lost and counted, and the service goes on to its regular end',
    async () => {
      const port = await freePort();
      const launcher = ['sh', '-c', 'exec "$0" "$1" >/dev/full'];
      await using main = startMain({ PORT: String(port) }, { launcher });
      main.url.catch(() => {});
      const ask = () => postGraphql(`http://127.0.0.1:${port}`, { query: NAME });
      await eventually(() => ask().catch(() => undefined));
      const metrics = await eventually(async () => {
        const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        return /^pai_graph_log_lines_lost_total [1-9]/m.exec(text);
      });
      expect(metrics).not.toBeNull();
      main.child.kill('SIGTERM');
      expect([await main.exitCode, main.stderr()]).toEqual([0, '']);
    },
  );

  // util-linux's script gives the process a terminal.
  test.skipIf(findPrograms('script').length === 0)(
    'but for the ready line on a terminal, which is for a person',
    async () => {
      const launcher = ['sh', '-c', 'exec script -qec "$0 $1" /dev/null'];
      await using main = startMain({ PORT: '0' }, { launcher });
      const text = await eventually(() => /.*playground at \//.exec(main.stdout())?.[0]);
      expect(text).toMatch(/^GraphQL at http:/);
      main.child.kill('SIGTERM');
      await main.exitCode;
    },
  );
});

describe.concurrent('an error at the start:', () => {
  test('wrong settings end it with 78 and all of them on stderr, before anything listens', async () => {
    const port = await freePort();
    await using main = startMain({
      PORT: String(port),
      LOG_LEVEL: 'loud',
      PAI_REGION: 'cn-hangzhou',
      PAI_ENDPOINT: 'http://pai.example.com',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'hunter2',
    });
    expect(await main.exitCode).toBe(78);
    expect(main.stdout()).toBe('');
    expect(main.stderr()).toMatch(/^The settings are wrong:\n {2}LOG_LEVEL must be .*\n/);
    expect(main.stderr()).toMatch(/^ {2}PAI_ENDPOINT must be .*$/m);
    expect(main.stderr()).toMatch(/^ {2}ALIBABA_CLOUD_ACCESS_KEY_ID and .* together\.$/m);
    expect(main.stderr()).not.toMatch(/hunter2|pai\.example|loud/);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });

  test('a port in use ends it with 1 and says which', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const port = portOf(holder.address());
    await using main = startMain({ PORT: String(port) });
    expect(await main.exitCode).toBe(1);
    holder.close();
    expect(main.stdout()).toBe('');
    expect(main.stderr()).toBe(
      `Could not start: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    );
  });
});

function portOf(address: unknown): number {
  return (address as { port: number }).port;
}

describe.concurrent('with an upstream', () => {
  test('the key of the environment signs its calls', async () => {
    const key = { id: 'LTAIexample', secret: 'its-own-secret' };
    const sandbox = await startSandbox({ keys: [key] });
    await using main = startMain({
      PORT: '0',
      PAI_ENDPOINT: sandbox.url,
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.id,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.secret,
    });
    const url = await main.url;
    expect(main.readyText()).toBe(
      `GraphQL at ${url}/graphql from PAI at a custom endpoint (PAI_ENDPOINT), playground at /`,
    );
    expect(main.stdout()).not.toMatch(/LTAIexample|its-own-secret/);
    expect(sandbox.requests).toEqual([]);
    const { data, errors } = await postGraphql(url, { query: NAME });
    expect(errors).toEqual([]);
    expect(data).toEqual({ model: { name: '情感分析' } });
    expect(sandbox.requests.map(({ keyId, status }) => [keyId, status])).toEqual([
      ['LTAIexample', 200],
    ]);
    await sandbox.close();
  });

  test('a wrong secret is our fault to the caller, and the log has PAI’s Code', async () => {
    const sandbox = await startSandbox();
    await using main = startMain({
      PORT: '0',
      PAI_ENDPOINT: sandbox.url,
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'hunter2-wrong',
    });
    const { status, data, errors } = await postGraphql(await main.url, { query: NAME });
    expect(status).toBe(200);
    expect(data).toEqual({ model: null });
    expect(errors).toEqual([
      {
        message: 'The model registry refused this service’s request.',
        path: ['model'],
        locations: expect.any(Array),
        extensions: {
          code: 'UPSTREAM_REJECTED',
          upstreamRequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
        },
      },
    ]);
    const lines = await main.logAtEnd();
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        outcome: 'UPSTREAM_REJECTED',
        upstreamCode: 'SignatureDoesNotMatch',
        upstreamRequestId: errors[0]?.extensions.upstreamRequestId,
      }),
    );
    // Neither the key, nor the secret, nor PAI's text beside its Code.
    const log = lines.map((line) => JSON.stringify(line)).join('\n');
    expect(log).not.toMatch(/hunter2|"sandbox"|HMAC|Credential|StringToSign|canonical/i);
    expect(log).not.toContain(new URL(sandbox.url).host);
    expect(main.stderr()).toBe('');
    await sandbox.close();
  });

  test('one line tells of each operation, for any outcome', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ modelId: 'model-broken', fault: { kind: 'html' } });
    await using main = startMain({ PORT: '0', PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV });
    const url = await main.url;
    const headers = (id: string) => ({ 'x-request-id': id });
    await postGraphql(url, { query: NAME }, headers('good'));
    await postGraphql(url, { query: '{ model(id: "model-broken") { name } }' }, headers('failed'));
    await postGraphql(url, { query: 'query Wrong { nonsense }' }, headers('invalid'));
    await postGraphql(url, { query: '{' }, headers('garbled'));
    const lines = (await main.logAtEnd()).filter(
      ({ upstreamCalls }) => upstreamCalls !== undefined,
    );
    expect(lines).toMatchObject([
      { requestId: 'good', msg: 'query Name finished: OK', upstreamCalls: 1, outcome: 'OK' },
      {
        requestId: 'failed',
        msg: 'query finished: UPSTREAM_UNAVAILABLE',
        upstreamCalls: 1,
        outcome: 'UPSTREAM_UNAVAILABLE',
      },
      { requestId: 'invalid', upstreamCalls: 0, outcome: 'GRAPHQL_VALIDATION_FAILED' },
      { requestId: 'garbled', upstreamCalls: 0, outcome: 'GRAPHQL_PARSE_FAILED' },
    ]);
    for (const { ms } of lines) expect(ms).toEqual(expect.any(Number));
    await sandbox.close();
  });

  test('LOG_LEVEL=warn keeps the line of a failure and leaves out those of operations', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ modelId: 'model-broken', fault: { kind: 'html' } });
    await using main = startMain({
      PORT: '0',
      PAI_ENDPOINT: sandbox.url,
      LOG_LEVEL: 'warn',
      ...SANDBOX_ENV,
    });
    const url = await main.url;
    await postGraphql(url, { query: NAME });
    await postGraphql(url, { query: '{ model(id: "model-broken") { name } }' });
    const lines = await main.logAtEnd();
    // An attempt and its two retries.
    const failure = ['warn', 'GetModel attempt finished: UPSTREAM_UNAVAILABLE'];
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([failure, failure, failure]);
    await sandbox.close();
  });
});

describe.concurrent('`npm run sandbox`', () => {
  // It was held to the settings of the service, which it does not read.
  test.each<[string, Record<string, string>]>([
    ['in production', { NODE_ENV: 'production' }],
    ['beside wrong settings of the service', { PORT: 'http', PAI_REGION: 'CN;rm' }],
  ])('starts %s', async (_, env) => {
    await using main = startMain({ SANDBOX_PORT: '0', ...env }, { args: ['sandbox'] });
    const url = await main.url;
    expect((await fetch(`${url}/_sandbox/requests`)).status).toBe(200);
    expect(main.stderr()).toBe('');
  });

  test('starts the sandbox alone on SANDBOX_PORT', async () => {
    const port = await freePort();
    await using main = startMain({ SANDBOX_PORT: String(port) }, { args: ['sandbox'] });
    const url = await main.url;
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(main.readyText()).toBe(
      `PAI sandbox at ${url} (access key "sandbox", secret "sandbox-secret", tokens of https://sandbox.example)`,
    );
    expect((await fetch(`${url}/_sandbox/requests`)).status).toBe(200);
    expect((await fetch(`${url}/graphql`)).status).not.toBe(200);
    main.child.kill('SIGTERM');
    expect(await main.exitCode).toBe(0);
  });
});

describe.concurrent('`main.js config`', () => {
  const PAI = {
    PAI_REGION: 'cn-hangzhou',
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'hunter2',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'hunter2',
    HTTPS_PROXY: 'http://user:hunter2@proxy.example:3128',
    REDIS_URL: 'redis://:hunter2@redis.example',
    UPSTREAM_TIMEOUT_MS: '20000',
  };

  test('prints the settings in force with their sources as JSON, without secrets', async () => {
    await using main = startMain(PAI, { args: ['config'] });
    expect([await main.exitCode, main.stderr()]).toEqual([0, '']);
    expect(main.stdout()).not.toContain('hunter2');
    expect(JSON.parse(main.stdout())).toMatchObject({
      version: VERSION,
      settings: {
        PORT: { value: '4000', source: 'default' },
        REDIS_URL: { value: 'redis://[redacted]@redis.example', source: 'environment' },
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: { value: '[redacted]', source: 'environment' },
      },
      warnings: [
        'UPSTREAM_TIMEOUT_MS is above REQUEST_TIMEOUT_MS, which ends every attempt earlier.',
      ],
    });
  });

  test('ends with 78 and all problems on stderr where a start would, files included', async () => {
    const env = { ...PAI, PORT: 'http', REDIS_TLS_CA_FILE: '/nowhere/ca.pem' };
    await using main = startMain(env, { args: ['config'] });
    expect([await main.exitCode, main.stdout()]).toEqual([78, '']);
    expect(main.stderr().split('\n').slice(0, 3)).toEqual([
      'The settings are wrong:',
      '  PORT must be a whole number from 0 to 65535.',
      '  REDIS_TLS_CA_FILE: It could not be read (ENOENT).',
    ]);
  });

  test.each(['config', 'doctor'])(
    'and `main.js %s` end well where their reader has gone',
    async (command) => {
      const launcher = ['bash', '-c', 'set -o pipefail; "$0" "$1" "$2" | true'];
      await using main = startMain({}, { args: [command], launcher });
      expect([await main.exitCode, main.stderr()]).toEqual([0, '']);
    },
  );

  test.skipIf(findPrograms('script').length === 0)(
    'prints them as text on a terminal, unless it is asked for JSON',
    async () => {
      const launcher = ['sh', '-c', 'exec script -qec "$0 $1 $2 $3" /dev/null'];
      await using text = startMain(PAI, { args: ['config'], launcher });
      await text.exitCode;
      expect(text.stdout()).toMatch(/^PORT +4000 +default\r?$/m);
      await using json = startMain(PAI, { args: ['config', '--json'], launcher });
      await json.exitCode;
      expect(JSON.parse(json.stdout()).settings.PORT.value).toBe('4000');
      expect(text.stdout() + json.stdout()).not.toContain('hunter2');
    },
  );
});

test.concurrent('an unknown command is refused instead of starting something else', async () => {
  await using main = startMain({ PORT: '0' }, { args: ['sandbx'] });
  await expect(main.url).rejects.toThrow('The commands are "sandbox", "doctor" and "config".');
  expect(await main.exitCode).toBe(1);
});
