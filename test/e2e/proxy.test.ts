// The server in a network where PAI, STS and the key server are reached through a proxy alone.
import { describe, expect, test } from 'vitest';
import { aRoleMap, byToken, callerEnv, rolesOf, workspaceOf } from '../support/callers.js';
import { startMain } from '../support/programs.js';
import { type ProxyServer, startProxy } from '../support/proxy.js';
import { startTlsUpstream, type TlsUpstream } from '../support/tls-upstream.js';
import { DOCUMENTED_ID, postGraphql, SANDBOX_ENV } from '../support/with-app.js';

const PAI = 'aiworkspace.cn-hangzhou.aliyuncs.com';
const PAI_VPC = 'aiworkspace-vpc.cn-hangzhou.aliyuncs.com';
const STS = 'sts.cn-hangzhou.aliyuncs.com';
const KEYS = 'keys.example.com';
const names = [PAI, PAI_VPC, STS, KEYS];
const USER = 'name:p%40ss';

const settingsOf = (upstream: TlsUpstream, { port }: ProxyServer) => ({
  PORT: '0',
  PAI_REGION: 'cn-hangzhou',
  ...SANDBOX_ENV,
  NODE_EXTRA_CA_CERTS: upstream.certificate,
  HTTPS_PROXY: `http://${USER}@127.0.0.1:${port}`,
});

describe.concurrent('a proxy', () => {
  test('leads to PAI, STS and the key server, with a kept connection, and its password stays unseen', async () => {
    const roles = rolesOf(['left']);
    const model = { ModelId: 'model-left', WorkspaceId: workspaceOf('left') };
    await using upstream = await startTlsUpstream({
      names,
      sandbox: {
        models: [{ listedWithoutProvider: true, model, versions: [] }],
        roles: Object.values(roles),
      },
    });
    await using proxy = await startProxy({ route: () => upstream, user: USER });
    await using roleMap = await aRoleMap(roles);
    const { PAI_STS_ENDPOINT: _, ...caller } = callerEnv(upstream.sandbox, roleMap);
    const { HTTPS_PROXY, ...settings } = settingsOf(upstream, proxy);
    await using main = startMain({
      ...{ ...settings, ...caller, JWT_JWKS: `https://${KEYS}/_sandbox/jwks` },
      // In lower case, as curl reads it, before the other.
      ...{ https_proxy: HTTPS_PROXY, HTTPS_PROXY: 'http://127.0.0.1:1' },
    });
    const url = await main.url;
    const headers = byToken(upstream.sandbox.mintToken({ sub: 'person', tenant: 'left' }));
    for (const field of ['model(id: "model-left") { id }', 'models { nodes { id } }']) {
      const { errors } = await postGraphql(url, { query: `{ ${field} }` }, headers);
      expect(errors).toEqual([]);
    }
    expect(proxy.asked).toEqual([`${KEYS}:443`, `${STS}:443`, `${PAI}:443`]);
    await main.logAtEnd();
    expect(main.stdout() + main.stderr()).not.toMatch(/p%40ss|p@ss|not a setting/);
  });

  test('is not asked for hosts of NO_PROXY', async () => {
    await using upstream = await startTlsUpstream({ names });
    await using proxy = await startProxy({ route: () => upstream, user: USER });
    const settings = settingsOf(upstream, proxy);
    await using main = startMain({ ...settings, no_proxy: '.example.org,aliyuncs.com' });
    await postGraphql(await main.url, { query: `{ model(id: "${DOCUMENTED_ID}") { id } }` });
    expect(proxy.asked).toEqual([]);
  });

  test('is not asked for the loopback', async () => {
    await using upstream = await startTlsUpstream();
    await using proxy = await startProxy({ route: () => upstream, user: USER });
    await using main = startMain({ ...settingsOf(upstream, proxy), PAI_ENDPOINT: upstream.url });
    const query = `{ model(id: "${DOCUMENTED_ID}") { id } }`;
    expect((await postGraphql(await main.url, { query })).errors).toEqual([]);
    expect(proxy.asked).toEqual([]);
  });

  test('that no client can use is a settings error, which repeats no password', async () => {
    await using main = startMain({
      ...{ PORT: '0', HTTPS_PROXY: 'socks5://user:hunter2@proxy.example.com' },
      ...{ http_proxy: 'proxy:3128', NO_PROXY: 'https://example.com' },
    });
    expect(await main.exitCode).toBe(78);
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']) {
      expect(main.stderr()).toMatch(new RegExp(`^  ${name} must be `, 'm'));
    }
    expect(main.stderr()).not.toContain('hunter2');
  });
});

describe.concurrent('the doctor', () => {
  const lineOf = (text: string) => text.split('\n').find((line) => line.includes(' route '));

  test('names the route through a proxy', async () => {
    await using upstream = await startTlsUpstream({ names });
    await using proxy = await startProxy({ route: () => upstream, user: USER });
    await using main = startMain(settingsOf(upstream, proxy), { args: ['doctor'] });
    await main.exitCode;
    expect(lineOf(main.stdout())).toMatch(
      /^ok +route +to the public host of the region, through the proxy of HTTPS_PROXY$/,
    );
    expect(main.stdout()).toContain('8 calls to PAI');
    // Over one connection.
    expect(proxy.asked).toEqual([`${PAI}:443`]);
  });

  test.each([
    [PAI, /no answer in time, but the VPC host answers\. Set PAI_NETWORK=vpc\.$/],
    [
      '',
      /no answer in time, nor from the VPC host\. Check the network, HTTPS_PROXY and NO_PROXY\.$/,
    ],
  ])(
    'tries the other host of the region when %s does not answer in time',
    async (hanging, text) => {
      await using upstream = await startTlsUpstream({ names });
      const route = (host: string) => (host.startsWith(hanging) ? null : upstream);
      await using proxy = await startProxy({ route, user: USER });
      const settings = { ...settingsOf(upstream, proxy), UPSTREAM_TIMEOUT_MS: '700' };
      await using main = startMain(settings, { args: ['doctor'] });
      expect(await main.exitCode).toBe(2);
      expect(lineOf(main.stdout())).toMatch(/^FAIL +route /);
      expect(lineOf(main.stdout())).toMatch(text);
      expect(proxy.asked).toEqual([`${PAI}:443`, `${PAI_VPC}:443`]);
      expect(main.stdout()).toContain('2 calls to PAI');
    },
  );
});

describe('HOST=::', () => {
  test('serves IPv6 and IPv4, and the ready line has an address that works', async () => {
    await using main = startMain({ PORT: '0', HOST: '::', AUTH: 'none' });
    const url = await main.url;
    const { port } = new URL(url);
    expect(url).toBe(`http://[::]:${port}`);
    for (const host of ['[::]', '[::1]', '127.0.0.1']) {
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200);
    }
  });
});
