// Some names in the environment are reported as misspelt settings, and others belong to other programs.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { misspeltNames } from '../../src/config/misspelt.js';
import { parseConfig } from '../../src/config/parse.js';
import { SETTINGS } from '../../src/config/settings.js';

const NAMES = Object.keys(SETTINGS);
const told = (name: string, value = 'secret-value') => misspeltNames({ [name]: value });

describe('a misspelt setting', () => {
  test.each([
    ['PAI_ENDPIONT', 'PAI_ENDPOINT'],
    ['UPSTREAM_RATE_PER_SEC', 'UPSTREAM_RATE_PER_SECOND'],
    ['PAI_REGOIN', 'PAI_REGION'],
    ['REDIS_URI', 'REDIS_URL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['NODE-ENV', null],
    ['NODE_EVN', 'NODE_ENV'],
    ['AUHT', 'AUTH'],
    ['PROT', 'PORT'],
    ['port', 'PORT'],
    ['redis_url', 'REDIS_URL'],
    ['Cache_Ttl_Second', 'CACHE_TTL_SECONDS'],
    ['CACHE_TTL', 'CACHE_TTL_SECONDS'],
    ['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT_MS'],
    ['API_KEYS', 'API_KEYS_FILE'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['ALIBABA_CLOUD_ACCESS_KEY_SECERT', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'],
    ['ALIBABACLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_ID'],
  ])('%s is reported', (name, meant) => {
    expect(told(name)).toEqual(
      meant === null ? [] : [`${name} is not a setting; did you mean ${meant}?`],
    );
  });

  test.each(['PAI_ACCOUNT', 'LIMIT_BREADTH', 'JWT_SECRET', 'UPSTREAM_RETRIES', 'METRICS_PATH'])(
    '%s is told of without a guess, by its first word',
    (name) => {
      expect(told(name)).toEqual([`${name} is not a setting.`]);
    },
  );

  test('is reported for any single typing mistake', () => {
    const slip = fc.record({
      // One slip of HTTP_PROXY may be one of HTTPS_PROXY, too.
      name: fc.constantFrom(
        ...NAMES.filter((name) => name.length > 4 && !/^HTTPS?_PROXY$/.test(name)),
      ),
      at: fc.nat(),
      kind: fc.constantFrom('omit', 'double', 'swap'),
    });
    fc.assert(
      fc.property(slip, ({ name, at, kind }) => {
        const index = at % (name.length - 1);
        const [head, one, two, tail] = [
          name.slice(0, index),
          name.charAt(index),
          name.charAt(index + 1),
          name.slice(index + 2),
        ];
        const slipped = {
          omit: `${head}${two}${tail}`,
          double: `${head}${one}${one}${two}${tail}`,
          swap: `${head}${two}${one}${tail}`,
        }[kind];
        fc.pre(!NAMES.includes(slipped ?? ''));
        expect(told(slipped ?? '')).toEqual([`${slipped} is not a setting; did you mean ${name}?`]);
      }),
      { seed: 7 },
    );
  });

  test('is reported by its name alone, never with its value', () => {
    const names = ['PAI_ENDPIONT', 'JWT_SECRET', 'REDIS_URLS'];
    const parsed = parseConfig(Object.fromEntries(names.map((name) => [name, 'hunter2'])));
    expect(parsed.warnings).toHaveLength(3);
    expect(parsed.warnings.join()).not.toContain('hunter2');
  });

  test('counts as not set when it is empty', () => {
    expect(told('PAI_ENDPIONT', '')).toEqual([]);
  });

  test('is reported beside the problems that it may have caused', () => {
    expect(parseConfig({ NODE_ENV: 'production', AUTHH: 'none', SANDBOX: 'true' })).toEqual({
      ok: false,
      problems: ['AUTH must be set in production: api-key, jwt or none.'],
      warnings: ['AUTHH is not a setting; did you mean AUTH?'],
    });
  });
});

describe('names of others', () => {
  test.each([
    ...['HOME', 'PATH', 'PWD', 'USER', 'SHELL', 'LANG', 'TERM', 'HOSTNAME', 'HOSTTYPE', 'TMPDIR'],
    ...['LOGNAME', 'TZ', 'NODE', 'NODE_OPTIONS', 'NODE_VERSION', 'NODE_EXTRA_CA_CERTS', 'CI'],
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'SSL_CERT_FILE', 'SSH_AUTH_SOCK'],
    ...['npm_lifecycle_event', 'npm_config_cache', 'npm_package_version', 'INIT_CWD', 'XAUTHORITY'],
    ...['REDIS_PASSWORD', 'REDIS_HOST', 'REDIS_TLS_URL', 'REDISCLI_AUTH', 'DATABASE_URL'],
    ...['AWS_REGION', 'ALIBABA_CLOUD_ROLE_ARN', 'ALIBABA_CLOUD_OIDC_TOKEN_FILE', 'XDG_CACHE_HOME'],
    ...['KUBERNETES_PORT', 'POD_NAME', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'CACHEDIR', 'LIMITS'],
    ...['BASH_FUNC_PAI_X%%', `PAI_${'X'.repeat(1000)}`],
  ])('%s is left alone', (name) => {
    expect(told(name)).toEqual([]);
  });

  test('addresses of services are left alone, for any name of the service', () => {
    const address = 'tcp://10.0.0.1:4000';
    const links = ['PAI_MODEL_GRAPH', 'CACHE', 'METRICS', 'UPSTREAM_A', 'LIMIT_ROW'].flatMap(
      (service): [string, string][] => [
        [`${service}_SERVICE_HOST`, '10.0.0.1'],
        [`${service}_SERVICE_PORT`, '4000'],
        [`${service}_SERVICE_PORT_HTTP`, '4000'],
        [`${service}_PORT_4000_TCP`, address],
        [`${service}_PORT_4000_TCP_PROTO`, 'tcp'],
        [`${service}_PORT_4000_TCP_PORT`, '4000'],
        [`${service}_PORT_4000_TCP_ADDR`, '10.0.0.1'],
        ...(service === 'METRICS' ? [] : [[`${service}_PORT`, address] as [string, string]]),
      ],
    );
    expect(misspeltNames(Object.fromEntries(links))).toEqual([]);
  });

  test('a name is that of the setting where case does not count, as on Windows', () => {
    expect(misspeltNames({ Port: '5000', PORT: '5000' })).toEqual([]);
  });
});

describe('an environment without bound', () => {
  test('gives at most twenty names and a count', () => {
    const names = Array.from({ length: 25 }, (_, index) => [`PAI_X${index}`, 'x']);
    const warnings = misspeltNames(Object.fromEntries(names));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe('5 more names in the environment look like settings and are not.');
  });

  test('is read in time that grows with it', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => [
      `UPSTREAM_RATE_PER_S${index}`.padEnd(64, 'X').slice(0, 18 + (index % 46)),
      'x'.repeat(100),
    ]);
    const startedAt = performance.now();
    misspeltNames(Object.fromEntries(names));
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
