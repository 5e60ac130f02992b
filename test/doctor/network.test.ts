// The ports of the service, and why the way to PAI fails.
import { describe, expect, test } from 'vitest';
import { startTlsUpstream } from '../support/tls-upstream.js';
import { SANDBOX_ENV, withApp } from '../support/with-app.js';
import { runHere, sceneWith } from './run.js';

describe('the doctor', () => {
  test('finds a port that another program has, and a host that is not that of the machine', async () => {
    await using scene = await sceneWith();
    const { port } = new URL(scene.sandbox.url);
    for (const [env, problem] of [
      [{ PORT: port }, /ports +in use by another program\. Check PORT/],
      [{ METRICS_PORT: port }, /ports +in use by another program\. Check PORT/],
      [{ HOST: '203.0.113.1', AUTH: 'none' }, /ports +cannot be listened on \(EADDRNOTAVAIL\)/],
      [{ HOST: 'nowhere.invalid', AUTH: 'none' }, /ports +cannot be listened on \(E\w+\)/],
    ] as const) {
      const { code, lines } = await scene.runHere(env);
      expect(lines('FAIL')).toEqual([expect.stringMatching(problem)]);
      expect(code).toBe(2);
    }
  });

  test('finds the service itself on its ports', async () => {
    await using app = await withApp({ env: { METRICS_PORT: '0' } });
    const env = {
      ...{ PAI_ENDPOINT: app.sandbox.url, ...SANDBOX_ENV },
      PORT: new URL(app.url).port,
      METRICS_PORT: new URL(app.app.metricsUrl ?? '').port,
    };
    const { code, lines } = await runHere(env);
    expect(lines('ports')).toEqual([expect.stringMatching(/^ok .*in use by this service/)]);
    expect(code).toBe(0);
  });

  test.each([
    [
      { HTTPS_PROXY: 'http://127.0.0.1:1' },
      /through the proxy of HTTPS_PROXY: no answer\. The proxy gives no/,
    ],
    [
      { PAI_ENDPOINT: 'http://127.0.0.1:1' },
      /to PAI_ENDPOINT, directly: no answer\. Its host refuses/,
    ],
  ])('says why the route with %o fails', async (env, text) => {
    const { code, lines } = await runHere({ PAI_REGION: 'cn-hangzhou', ...SANDBOX_ENV, ...env });
    expect(lines('route')).toEqual([expect.stringMatching(text)]);
    expect(code).toBe(2);
  });

  test('names the authority that is missing for a certificate', async () => {
    await using upstream = await startTlsUpstream();
    const { code, lines } = await runHere({ PAI_ENDPOINT: upstream.url, ...SANDBOX_ENV });
    expect(lines('route')).toEqual([expect.stringMatching(/^FAIL .* NODE_EXTRA_CA_CERTS\./)]);
    expect(code).toBe(2);
  });
});
