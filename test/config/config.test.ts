import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parse.js';
import { SETTINGS } from '../../src/config/settings.js';

/** V8's limit of the heap, in bytes. */
const HEAP = 4096 * 1024 * 1024;

type Env = Record<string, string | undefined>;

function configOf(env: Env): Config {
  const parsed = parseConfig(env, HEAP);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.config;
}

function problemsOf(env: Env): readonly string[] {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.problems;
}

/** Without a collector, the variables of OpenTelemetry are for other programs. */
const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const contextOf = (name: string) => (name.startsWith('OTEL_') ? COLLECTOR : {});

function warningsOf(env: Env): readonly string[] {
  return parseConfig(env).warnings;
}

const KEY = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' };

const KEY_FILES = {
  ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: '/keys/id',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: '/keys/secret',
};

/** A value that each setting must refuse; null where every text is right. */
const WRONG: Record<keyof typeof SETTINGS, string | null> = {
  HOST: 'http://0.0.0.0',
  PORT: '65536',
  MAX_CONNECTIONS: '0',
  KEEP_ALIVE_MS: '999',
  SHUTDOWN_DELAY_MS: '-1',
  CORS_ORIGINS: 'https://app.example.com/path',
  LOG_LEVEL: 'loud',
  NODE_ENV: 'Production',
  PLAYGROUND: 'perhaps',
  SANDBOX: 'yes please',
  SANDBOX_PORT: '-1',
  PAI_REGION: 'Hangzhou!',
  PAI_NETWORK: 'private',
  PAI_ENDPOINT: 'pai.example.com',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'two words',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'with\nnewline',
  ALIBABA_CLOUD_SECURITY_TOKEN: 'schlüssel',
  ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: null,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: null,
  ALIBABA_CLOUD_SECURITY_TOKEN_FILE: null,
  ALIBABA_CLOUD_ROLE_ARN: null,
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: null,
  HTTPS_PROXY: 'socks5://user:hunter2@proxy.example.com',
  HTTP_PROXY: 'proxy.example.com:3128',
  NO_PROXY: 'https://example.com',
  UPSTREAM_TIMEOUT_MS: '5s',
  UPSTREAM_CONCURRENCY: '0',
  UPSTREAM_RATE_PER_SECOND: '0',
  UPSTREAM_RATE_WITHOUT_REDIS: '0',
  UPSTREAM_PAGE_SIZE_MAX: '0',
  AUTH: 'none,jwt',
  API_KEYS_FILE: null,
  JWT_JWKS: 'http://keys.example.com/jwks',
  JWT_ISSUER: null,
  JWT_AUDIENCE: null,
  JWT_WORKSPACES_CLAIM: null,
  PAI_IDENTITY: 'both',
  PAI_OIDC_PROVIDER_ARN: 'acs:ram::1:role/a',
  PAI_ROLE_MAP: null,
  PAI_STS_ENDPOINT: 'http://sts.example.com',
  OPERATIONS_PER_SECOND: '0',
  TRUSTED_PROXIES: '10.0.0.0/33',
  TRUSTED_DOCUMENTS: 'on',
  TRUSTED_DOCUMENTS_FILE: null,
  LIMIT_BODY_KB: '0',
  LIMIT_TOKENS: '0',
  LIMIT_OPERATIONS: '0',
  LIMIT_DEPTH: '201',
  LIMIT_ALIASES: '0',
  LIMIT_ROOT_FIELDS: '0',
  LIMIT_DIRECTIVES: '0',
  LIMIT_FIELDS: '0',
  LIMIT_REPEATS: '0',
  LIMIT_IDS: '0',
  LIMIT_ROWS: '0',
  LIMIT_REPRESENTATIONS: '0',
  LIMIT_RESPONSE_MB: '0',
  UPSTREAM_CALLS_PER_OPERATION: '0',
  UPSTREAM_LIST_BATCHING: 'maybe',
  REQUEST_TIMEOUT_MS: '1e3',
  CACHE_TTL_SECONDS: '-1',
  CACHE_REVALIDATE_SECONDS: '1.5',
  CACHE_STALE_SECONDS: 'never',
  CACHE_MISSING_SECONDS: '5 s',
  CACHE_MAX_MB: '0',
  CACHE_NAMESPACE: 'two words',
  REDIS_URL: 'http://user:hunter2@redis.example.com',
  REDIS_URL_FILE: null,
  REDIS_USERNAME: null,
  REDIS_PASSWORD: null,
  REDIS_SENTINEL_PASSWORD: null,
  REDIS_TLS_CA_FILE: null,
  REDIS_KEY_PREFIX: 'in {braces}',
  REDIS_CACHE_TIMEOUT_MS: '0',
  REDIS_QUOTA_TIMEOUT_MS: '1 s',
  METRICS_PORT: '70000',
  RESPONSE_CACHE: 'perhaps',
  COMPILED_OPERATIONS: 'jit',
  CACHE_CONTROL_SCOPE: 'shared',
  EXPLAIN: 'often',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://user:hunter2@collector.example.com/v1/traces',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'two words=x',
  OTEL_EXPORTER_OTLP_TIMEOUT: '10s',
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '0',
  OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd',
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'deflate',
  OTEL_EXPORTER_OTLP_CERTIFICATE: null,
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: null,
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: null,
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: null,
  OTEL_EXPORTER_OTLP_CLIENT_KEY: null,
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: null,
  OTEL_SDK_DISABLED: 'never',
  OTEL_TRACES_EXPORTER: 'zipkin',
  OTEL_TRACES_SAMPLER: 'sometimes',
  OTEL_TRACES_SAMPLER_ARG: '1.5',
  OTEL_PROPAGATORS: 'b3',
  OTEL_SERVICE_NAME: null,
  OTEL_RESOURCE_ATTRIBUTES: 'team=a=b',
  OTEL_BSP_SCHEDULE_DELAY: '5s',
  OTEL_BSP_EXPORT_TIMEOUT: '-1',
  OTEL_BSP_MAX_QUEUE_SIZE: '0',
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '0',
  PAI_TRACEPARENT: 'sometimes',
  LINKED_ENTITIES: 'some',
  RELAY_NODE: 'maybe',
};

describe('without any setting', () => {
  test('the defaults hold and the sandbox answers', () => {
    expect(configOf({})).toEqual({
      listen: { host: '127.0.0.1', port: 4000, isLoopback: true },
      maxConnections: 10_000,
      keepAliveMs: 65_000,
      shutdownDelayMs: 0,
      corsOrigins: [],
      logLevel: 'info',
      playground: true,
      sandboxPort: null,
      proxy: null,
      upstream: {
        target: { kind: 'sandbox' },
        timeoutMs: 5000,
        concurrency: 32,
        ratePerSecond: 50,
        rateWithoutRedis: 50,
        pageSizeMax: 100,
        isListBatching: true,
        callsPerOperation: 250,
      },
      requestTimeoutMs: 15000,
      cache: {
        namespace: null,
        ttlMs: 30_000,
        revalidateMs: 30_000,
        staleMs: 600_000,
        missingMs: 5000,
      },
      isPublic: false,
      memory: expect.objectContaining({ cache: 128 * 1024 * 1024 }),
      redis: null,
      traces: null,
      metricsPort: null,
      relayNode: true,
      linkedEntities: 'resolve',
      explain: true,
      responseCache: true,
      compiledOperations: true,
      auth: { methods: [], apiKeysFile: null, jwt: null },
      identity: { kind: 'service' },
      operationsPerSecond: null,
      trustedProxies: [],
      trustedDocuments: { mode: 'off', file: null },
      limits: {
        bodyBytes: 1024 * 1024,
        tokens: 10_000,
        operations: 20,
        depth: 15,
        aliases: 50,
        rootFields: 50,
        directives: 50,
        fields: 5000,
        repeats: 100,
        ids: 1000,
        rows: 10_000,
        representations: 1000,
        responseBytes: 16 * 1024 * 1024,
      },
    });
  });

  test('an empty or blank value counts as not set', () => {
    const blank = Object.keys(SETTINGS).map((name, index) => [name, index % 2 ? '' : '  ']);
    expect(configOf(Object.fromEntries(blank))).toEqual(configOf({}));
  });

  test('keys of the cloud alone do not leave the sandbox', () => {
    expect(configOf(KEY).upstream.target).toEqual({ kind: 'sandbox' });
    expect(configOf({ ALIBABA_CLOUD_ACCESS_KEY_ID: 'half' }).upstream.target).toEqual({
      kind: 'sandbox',
    });
  });
});

describe('with wrong settings', () => {
  const settings = Object.entries(WRONG).filter(([, value]) => value !== null);
  test.each(settings)('%s is named when its value is refused', (name, value) => {
    const problems = problemsOf({ ...contextOf(name), [name]: String(value) });
    expect(problems[0]).toMatch(new RegExp(`^${name} must be .+\\.$`));
  });

  test('all problems are reported together, and no value is echoed', () => {
    const values = settings.map(([name], index) => [name, `secret://S€cret value ${index}!`]);
    const problems = problemsOf(Object.fromEntries(values));
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(
      expect.arrayContaining(settings.map(([name]) => name)),
    );
    expect(problems.join()).not.toMatch(/€/);
  });

  // A region that could not be read hid the errors in its keys.
  test('a bad region, half a key pair and a bad port are reported together', () => {
    const problems = problemsOf({
      PAI_REGION: 'CN;rm',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
      PORT: 'http',
    });
    expect(problems.toSorted()).toEqual([
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together.',
      expect.stringMatching(/^PAI_REGION must be /),
      'PORT must be a whole number from 0 to 65535.',
    ]);
  });

  // A half that could not be read counted as missing.
  test('a key id that cannot be read is not also said to be missing', () => {
    const problems = problemsOf({
      ...KEY,
      PAI_REGION: 'cn-hangzhou',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'two words',
    });
    expect(problems).toEqual([expect.stringMatching(/^ALIBABA_CLOUD_ACCESS_KEY_ID must be /)]);
  });

  test('a number is taken up to its bounds, and refused beyond them', () => {
    expect(configOf({ PORT: '0', REQUEST_TIMEOUT_MS: '600000' }).requestTimeoutMs).toBe(600_000);
    for (const port of ['65536', '-1', '1.5', '0x10', '1e2', '９', ' 1 2']) {
      expect(problemsOf({ PORT: port })).toEqual(['PORT must be a whole number from 0 to 65535.']);
    }
    expect(problemsOf({ REQUEST_TIMEOUT_MS: '600001', UPSTREAM_TIMEOUT_MS: '0' })).toHaveLength(2);
  });
});

describe('PAI_ENDPOINT', () => {
  const endpointOf = (PAI_ENDPOINT: string) => configOf({ ...KEY, PAI_ENDPOINT }).upstream.target;

  test.each([
    ['https://pai.example.com', 'https://pai.example.com'],
    ['https://pai.example.com/', 'https://pai.example.com'],
    ['https://pai.example.com:8443', 'https://pai.example.com:8443'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://localhost:4010', 'http://localhost:4010'],
    ['http://[::1]:4010', 'http://[::1]:4010'],
  ])('%s is taken', (given, endpoint) => {
    expect(endpointOf(given)).toMatchObject({ endpoint });
  });

  test.each([
    'http://pai.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://0.0.0.0:4010',
    'http://192.168.0.1',
    'https://pai.example.com/path',
    'https://pai.example.com/?a=b',
    'https://pai.example.com/#a',
    'https://name:word@pai.example.com',
    'https://name@pai.example.com',
    'ftp://pai.example.com',
    'file:///etc/passwd',
    'https://',
    'pai.example.com',
  ])('%s is refused', (PAI_ENDPOINT) => {
    expect(problemsOf({ ...KEY, PAI_ENDPOINT })).toEqual([
      'PAI_ENDPOINT must be an https URL without path or user (plain http only for a loopback host).',
    ]);
  });
});

describe('the upstream', () => {
  test('the upstream is PAI in the region, with the key when there is one', () => {
    const env = { PAI_REGION: 'cn-hangzhou', PAI_NETWORK: 'vpc' };
    const target = {
      kind: 'pai',
      keyFiles: null,
      region: 'cn-hangzhou',
      network: 'vpc',
      endpoint: null,
      oidcTokenFile: null,
    };
    expect(configOf(env).upstream.target).toEqual({ ...target, key: null, role: null });
    expect(
      configOf({ ...env, ...KEY, ALIBABA_CLOUD_SECURITY_TOKEN: 'token' }).upstream.target,
    ).toEqual({
      ...target,
      key: { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token' },
      role: null,
    });
  });

  test('the upstream is told the role of the chain’s keys, and whether a token is exchanged for them', () => {
    const ALIBABA_CLOUD_ROLE_ARN = 'acs:ram::1:role/reader';
    const env = { PAI_REGION: 'cn-hangzhou', ALIBABA_CLOUD_ROLE_ARN };
    const targetOf = (more: object) => configOf({ ...env, ...more }).upstream.target;
    expect(targetOf({})).toMatchObject({ role: { arn: ALIBABA_CLOUD_ROLE_ARN, isOidc: false } });
    expect(targetOf({ ALIBABA_CLOUD_OIDC_TOKEN_FILE: '/token' })).toMatchObject({
      role: { isOidc: true },
    });
  });

  test('the upstream needs both halves of a key pair, and a pair for a token', () => {
    const together =
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together.';
    const region = { PAI_REGION: 'cn-hangzhou' };
    expect(problemsOf({ ...region, ALIBABA_CLOUD_ACCESS_KEY_ID: 'id' })).toEqual([together]);
    expect(problemsOf({ ...region, ALIBABA_CLOUD_ACCESS_KEY_SECRET: 's' })).toEqual([together]);
    expect(problemsOf({ ...region, ...KEY, ALIBABA_CLOUD_ACCESS_KEY_SECRET: ' ' })).toEqual([
      together,
    ]);
    expect(problemsOf({ ...region, ALIBABA_CLOUD_SECURITY_TOKEN: 'token' })).toEqual([
      'ALIBABA_CLOUD_SECURITY_TOKEN needs ALIBABA_CLOUD_ACCESS_KEY_ID.',
    ]);
  });
});

describe('in production', () => {
  const production = { NODE_ENV: 'production', AUTH: 'none' };

  test('AUTH must be set, be it none', () => {
    const problem = 'AUTH must be set in production: api-key, jwt or none.';
    const env = { NODE_ENV: 'production', SANDBOX: 'true' };
    expect(problemsOf(env)).toEqual([problem]);
    expect(problemsOf({ ...env, AUTH: ' ' })).toEqual([problem]);
    expect(configOf({ ...env, AUTH: 'none' }).auth.methods).toEqual([]);
  });

  test('the sandbox is refused unless SANDBOX=true', () => {
    const problem =
      'PAI_REGION or PAI_ENDPOINT must be set in production; SANDBOX=true serves sample models.';
    expect(problemsOf(production)).toEqual([problem]);
    expect(problemsOf({ ...production, SANDBOX: 'false' })).toEqual([problem]);
    expect(configOf({ ...production, SANDBOX: 'true' }).upstream.target).toEqual({
      kind: 'sandbox',
    });
    expect(problemsOf({ ...production, PAI_REGION: 'cn-hangzhou' })).toEqual([]);
  });

  // A region that could not be read counted as missing.
  test('a bad region is not also said to be missing', () => {
    expect(problemsOf({ ...production, PAI_REGION: 'CN;rm' })).toEqual([
      expect.stringMatching(/^PAI_REGION must be (?!set)/),
    ]);
  });

  test('the playground is off unless PLAYGROUND says otherwise', () => {
    const env = { ...production, SANDBOX: 'true' };
    expect(configOf(env).playground).toBe(false);
    expect(configOf({ ...env, PLAYGROUND: 'TRUE' }).playground).toBe(true);
    expect(configOf({ PLAYGROUND: 'off' }).playground).toBe(false);
  });
});

describe('TRUSTED_PROXIES', () => {
  test.each([
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8, 2001:db8::/32 ,::1', ['10.0.0.0/8', '2001:db8::/32', '::1']],
    ['0.0.0.0/0,::/0', ['0.0.0.0/0', '::/0']],
  ])('%s is taken', (TRUSTED_PROXIES, trustedProxies) => {
    expect(configOf({ TRUSTED_PROXIES })).toMatchObject({ trustedProxies });
  });

  test.each([
    'proxy.example.com',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0/8',
    '10.0.0.1,',
    '*',
  ])('%s is refused', (TRUSTED_PROXIES) => {
    expect(problemsOf({ TRUSTED_PROXIES })).toHaveLength(1);
  });
});

test.each(['a'.repeat(65), 'team/b', 'ü', 'a:b'])('CACHE_NAMESPACE=%s is refused', (given) => {
  expect(problemsOf({ CACHE_NAMESPACE: given })).toHaveLength(1);
  expect(configOf({ CACHE_NAMESPACE: 'Team_b-1.x' }).cache.namespace).toBe('Team_b-1.x');
});

test('SANDBOX=true contradicts an upstream', () => {
  expect(problemsOf({ SANDBOX: 'true', PAI_REGION: 'cn-hangzhou' })).toEqual([
    'SANDBOX=true contradicts PAI_REGION and PAI_ENDPOINT.',
  ]);
});

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['models.example.com', false],
])('HOST=%s needs AUTH unless it is loopback, which is %s', (HOST, isLoopback) => {
  expect(configOf({ HOST, AUTH: 'none' }).listen).toMatchObject({ host: HOST, isLoopback });
  const said = 'AUTH must be set where HOST is not a loopback address: api-key, jwt or none.';
  expect(problemsOf({ HOST })).toEqual(isLoopback ? [] : [said]);
});

test('SANDBOX=false without an upstream is refused, since the sandbox would answer', () => {
  const problem = 'SANDBOX=false needs PAI_REGION or PAI_ENDPOINT.';
  expect(problemsOf({ SANDBOX: 'false' })).toEqual([problem]);
  expect(problemsOf({ SANDBOX: 'false', PAI_REGION: 'cn-hangzhou' })).toEqual([]);
});

describe('METRICS_PORT', () => {
  const problem = 'METRICS_PORT must differ from PORT.';

  test.each([
    [{ PORT: '5000', METRICS_PORT: '5000' }, [problem]],
    [{ PORT: '05000', METRICS_PORT: '5000' }, [problem]],
    [{ METRICS_PORT: '4000' }, [problem]],
    [{ METRICS_PORT: '4001' }, []],
    [{ PORT: '0', METRICS_PORT: '0' }, []],
    [{ METRICS_PORT: '0' }, []],
  ])('METRICS_PORT differs from PORT unless both take a free port: %j', (env, problems) => {
    expect(problemsOf(env)).toEqual(problems);
  });
});

describe('NODE_ENV', () => {
  test.each(['production', 'development', 'test'])('may be %s', (NODE_ENV) => {
    expect(problemsOf({ NODE_ENV, AUTH: 'none', SANDBOX: 'true' })).toEqual([]);
  });

  // They started open.
  test.each(['Production', 'PRODUCTION', 'prod', 'productoin', 'staging'])(
    'may not be %s',
    (NODE_ENV) => {
      expect(problemsOf({ NODE_ENV })).toEqual([
        'NODE_ENV must be production, development or test.',
      ]);
    },
  );
});

describe('REDIS_URL', () => {
  const node = (host: string, port = 6379) => ({ nodes: [{ host, port }] });

  test.each([
    ['redis://127.0.0.1', {}],
    ['redis://redis.example.com:6379/', node('redis.example.com')],
    ['redis://redis.example.com/0', node('redis.example.com')],
    ['redis://redis.example.com/999999', { ...node('redis.example.com'), database: 999_999 }],
    [
      'rediss://name:p%40ss%2Fword@redis.example.com:6380/3',
      {
        ...{ ...node('redis.example.com', 6380), isTls: true, database: 3 },
        ...{ username: 'name', password: 'p@ss/word' },
      },
    ],
    ['redis://:password@[::1]:6379', { ...node('::1'), password: 'password' }],
    ['redis://redis.example.com?family=6', { ...node('redis.example.com'), family: 6 }],
    ['REDISS://host', { ...node('host'), isTls: true }],
    [
      'redis+sentinel://:pass@one:26380,two,[::1]/main/3',
      {
        ...{ kind: 'sentinel', primary: 'main', password: 'pass', database: 3 },
        nodes: [
          { host: 'one', port: 26_380 },
          { host: 'two', port: 26_379 },
          { host: '::1', port: 26_379 },
        ],
      },
    ],
    [
      'rediss+cluster://name:pass@one:7000,two',
      {
        ...{ kind: 'cluster', isTls: true, username: 'name', password: 'pass' },
        nodes: [
          { host: 'one', port: 7000 },
          { host: 'two', port: 6379 },
        ],
      },
    ],
  ])('%s is read in its parts', (REDIS_URL, parts) => {
    const defaults = { kind: 'single', primary: '', isTls: false, database: 0 };
    expect(configOf({ REDIS_URL }).redis?.target).toEqual({
      ...{ ...defaults, ...node('127.0.0.1') },
      ...parts,
    });
  });

  test.each([
    'redis://host/abc',
    'redis://host/0/1',
    'redis://host/-1',
    'redis://host/1e3',
    'redis://host/1000000',
    'redis://host/ 1',
    'redis://host?db=1',
    'redis://host?family=inet6',
    'redis://host/0?commandTimeout=1',
    'redis://host#0',
    'redis://:100%@host',
    'redis://:pass#word@host',
    'redis://:pass/word@host',
    'redis://',
    'redis:///0',
    'redis:host',
    'redis://:6379',
    'redis://host:port',
    'redis://one,two',
    'redis+sentinel://one,two',
    'redis+sentinel://one,/main',
    'redis+sentinel://one/main/x',
    'redis+cluster://one,two/1',
    'redis+other://one',
    'host:6379',
    '//host:6379',
    '/run/redis.sock',
    '6379',
  ])('%s is refused', (REDIS_URL) => {
    expect(problemsOf({ REDIS_URL })).toEqual([expect.stringMatching(/^REDIS_URL must be /)]);
  });
});

describe('secrets in files', () => {
  const region = { PAI_REGION: 'cn-hangzhou' };
  const files = KEY_FILES;
  const token = { ALIBABA_CLOUD_SECURITY_TOKEN_FILE: '/keys/token' };

  test('keys in files replace the credential chain', () => {
    const { target } = configOf({ ...region, ...files, ...token }).upstream;
    expect(target).toMatchObject({
      key: null,
      keyFiles: [
        { part: 'accessKeyId', path: '/keys/id' },
        { part: 'accessKeySecret', path: '/keys/secret' },
        { part: 'securityToken', path: '/keys/token' },
      ],
    });
  });

  test('a part of the keys alone is refused, and so are keys by value and in files', () => {
    const [id] = Object.entries(files).map(([name, path]) => ({ [name]: path }));
    expect(problemsOf({ ...region, ...id })).toEqual([
      expect.stringMatching(/_ID_FILE and \w+_SECRET_FILE must be set together/),
    ]);
    expect(problemsOf({ ...region, ...token })).toEqual([
      expect.stringMatching(/TOKEN_FILE needs \w+_ID_FILE/),
    ]);
    expect(problemsOf({ ...region, ...KEY, ...files })).toEqual([
      expect.stringMatching(/^Keys by value .* contradict keys in files/),
    ]);
  });

  test('REDIS_URL_FILE replaces REDIS_URL, and both together are refused', () => {
    const file = { REDIS_URL_FILE: '/keys/redis', UPSTREAM_RATE_WITHOUT_REDIS: '5' };
    expect(configOf(file).redis).toMatchObject({ target: null, targetFile: '/keys/redis' });
    expect(problemsOf({ ...file, REDIS_URL: 'redis://host' })).toEqual([
      'REDIS_URL contradicts REDIS_URL_FILE.',
    ]);
  });
});

describe('traces', () => {
  const ratio = { OTEL_TRACES_SAMPLER_ARG: '0.1' };

  test('are on where a collector is named, and off where they are disabled', () => {
    const on = { propagators: ['tracecontext', 'baggage'], isSentToPai: false, files: [] };
    expect(configOf(COLLECTOR).traces).toEqual(on);
    const whole = 'https://collector.example.com/a/token/traces';
    expect(configOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole }).traces).toEqual(on);
    for (const off of [{ OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
      expect(configOf({ ...COLLECTOR, ...off }).traces).toBeNull();
    }
  });

  test('have no wrong variable while they are off: it is for another program', () => {
    const others = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_PROPAGATORS: 'b3',
      OTEL_LOG_LEVEL: 'x',
    };
    expect(parseConfig(others)).toMatchObject({ ok: true, warnings: [] });
    expect(parseConfig({ ...COLLECTOR, ...others, OTEL_SDK_DISABLED: 'true' }).ok).toBe(true);
    expect(problemsOf({ ...COLLECTOR, ...others })).toHaveLength(2);
    expect(problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toHaveLength(1);
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Basic%20YTpi==,x=1'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'service.version=1.0, team=a%20b'],
    ['OTEL_PROPAGATORS', 'baggage, tracecontext'],
    ['OTEL_PROPAGATORS', 'none'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://otel-collector.observability:4318/'],
  ])('%s may be %s', (name, value) => {
    expect(problemsOf({ ...COLLECTOR, [name]: value })).toEqual([]);
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1;b'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%0a'],
    ['OTEL_RESOURCE_ATTRIBUTES', `a=${'x'.repeat(256)}`],
    ['OTEL_PROPAGATORS', 'none,baggage'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318?token=x'],
  ])('%s may not be %s, which the SDK would ignore', (name, value) => {
    expect(problemsOf({ ...COLLECTOR, [name]: value })).toHaveLength(1);
  });

  test('report settings without effect', () => {
    expect(warningsOf({ PAI_TRACEPARENT: 'on' })).toEqual([
      'PAI_TRACEPARENT has no effect without traces (OTEL_EXPORTER_OTLP_ENDPOINT).',
    ]);
    expect(warningsOf({ ...COLLECTOR, ...ratio })).toEqual([
      'OTEL_TRACES_SAMPLER_ARG has no effect without a sampler traceidratio.',
    ]);
    const sampler = { OTEL_TRACES_SAMPLER: 'traceidratio' };
    expect(warningsOf({ ...COLLECTOR, ...ratio, ...sampler })).toEqual([]);
    expect(warningsOf({ ...COLLECTOR, OTEL_BSP_MAX_QUEUE_SIZE: '100' })).toEqual([]);
    expect(warningsOf({ ...COLLECTOR, OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4096' })).toEqual([
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE is above OTEL_BSP_MAX_QUEUE_SIZE, which bounds it.',
    ]);
  });
});

describe('CORS_ORIGINS', () => {
  test.each([
    'https://app.example.com/',
    'https://app.example.com:443',
    'https://App.example.com',
    'ftp://app.example.com',
    'null',
    '*',
    'https://a.example,',
  ])('%s, which no browser sends, is refused', (CORS_ORIGINS) => {
    expect(problemsOf({ CORS_ORIGINS })).toEqual([expect.stringMatching(/^CORS_ORIGINS must be/)]);
  });
});

describe('a value with something around it', () => {
  const names = Object.keys(SETTINGS);

  test.each(names)('%s is refused in quotes, and no form of it is named', (name) => {
    for (const value of ['"production"', "'1'", '`a`', '“a”', '"', '"half', "half'", ' "a" ']) {
      const problems = problemsOf({ ...contextOf(name), [name]: value });
      expect(problems).toContain(`${name} is in quotes: leave them out.`);
      expect(problems.join('\n')).not.toMatch(new RegExp(`^${name} must be`, 'm'));
    }
  });

  test.each([' ', '\n', '\r', '\r\n', '\t', '\u00a0'])(
    'white space %j is left out, which is told',
    (space) => {
      const parsed = parseConfig({ PORT: `5000${space}`, LOG_LEVEL: `${space}warn` });
      expect(parsed).toMatchObject({
        ok: true,
        config: { listen: { port: 5000 }, logLevel: 'warn' },
        warnings: [
          'PORT has white space around it, which is left out.',
          'LOG_LEVEL has white space around it, which is left out.',
        ],
      });
    },
  );

  // Other readers of the same variables keep it.
  test.each(names.filter((name) => /^(ALIBABA_CLOUD|OTEL)_/.test(name)))(
    'white space around %s is refused',
    (name) => {
      const keys = /KEY_.*_FILE$|TOKEN_FILE$/.test(name) ? KEY_FILES : KEY;
      const env = { PAI_REGION: 'cn-hangzhou', ...keys, ...contextOf(name), [name]: 'secret\n' };
      expect(problemsOf(env)).toEqual([`${name} has white space around it.`]);
    },
  );

  test('a blank value counts as not set, which is told; an empty one is not', () => {
    expect(warningsOf({ AUTH: ' \t' })).toEqual(['AUTH is blank: it counts as not set.']);
    expect(warningsOf({ AUTH: '' })).toEqual([]);
  });
});

describe('settings without effect are told of', () => {
  const sandbox = (name: string) =>
    `${name} has no effect without PAI_REGION or PAI_ENDPOINT: models come from the embedded sandbox.`;
  const timeout =
    'UPSTREAM_TIMEOUT_MS is above REQUEST_TIMEOUT_MS, which ends every attempt earlier.';
  const network = 'PAI_NETWORK has no effect: no endpoint follows from PAI_REGION.';
  const off = (name: string) => `${name} has no effect with CACHE_TTL_SECONDS=0.`;
  const REGION = { PAI_REGION: 'cn-hangzhou' };

  test.each<[Env, string[]]>([
    [{}, []],
    [KEY, [sandbox('ALIBABA_CLOUD_ACCESS_KEY_ID')]],
    [{ ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1:role/a' }, [sandbox('ALIBABA_CLOUD_ROLE_ARN')]],
    [{ ...KEY, SANDBOX: 'true' }, []],
    [{ ...KEY, ...REGION }, []],
    [{ UPSTREAM_TIMEOUT_MS: '20000' }, [timeout]],
    [{ REQUEST_TIMEOUT_MS: '1000' }, [timeout]],
    [{ UPSTREAM_TIMEOUT_MS: '15000' }, []],
    [{ UPSTREAM_TIMEOUT_MS: '600000', REQUEST_TIMEOUT_MS: 'soon' }, []],
    [{ PAI_NETWORK: 'vpc' }, [network]],
    [{ PAI_NETWORK: 'vpc', PAI_ENDPOINT: 'https://pai.example.com', ...REGION }, [network]],
    [{ PAI_NETWORK: 'vpc', ...REGION }, []],
    [{ CACHE_TTL_SECONDS: '0' }, []],
    [
      { CACHE_TTL_SECONDS: '0', CACHE_REVALIDATE_SECONDS: '5', CACHE_MISSING_SECONDS: '5' },
      [off('CACHE_REVALIDATE_SECONDS'), off('CACHE_MISSING_SECONDS')],
    ],
    [{ CACHE_TTL_SECONDS: '0', CACHE_STALE_SECONDS: '60' }, [off('CACHE_STALE_SECONDS')]],
    [{ CACHE_TTL_SECONDS: '0', CACHE_STALE_SECONDS: '0' }, []],
    [{ CACHE_TTL_SECONDS: '0', RESPONSE_CACHE: 'on' }, [off('RESPONSE_CACHE')]],
    [{ CACHE_TTL_SECONDS: '0', RESPONSE_CACHE: 'off' }, []],
    [{ CACHE_STALE_SECONDS: '0' }, []],
    [
      { CACHE_STALE_SECONDS: '10', CACHE_REVALIDATE_SECONDS: '20' },
      ['CACHE_REVALIDATE_SECONDS is above CACHE_STALE_SECONDS, which bounds it.'],
    ],
    [{ CACHE_TTL_SECONDS: '1' }, []],
    [
      { CACHE_TTL_SECONDS: '1', CACHE_MISSING_SECONDS: '2' },
      ['CACHE_MISSING_SECONDS is above CACHE_TTL_SECONDS, which bounds it.'],
    ],
    [{ LIMIT_FIELDS: '10' }, []],
    [
      { LIMIT_FIELDS: '100', LIMIT_ALIASES: '101', LIMIT_ROOT_FIELDS: '100' },
      ['LIMIT_ALIASES is above LIMIT_FIELDS, which bounds it.'],
    ],
  ])('a setting is told of when it has no effect: %j', (env, warnings) => {
    expect(warningsOf(env)).toEqual(warnings);
  });

  test('PAI_NETWORK has one where STS is that of the region', () => {
    const env = {
      ...{ PAI_NETWORK: 'vpc', PAI_ENDPOINT: 'https://pai.example.com', ...REGION },
      ...{ AUTH: 'jwt', JWT_JWKS: 'k', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' },
      PAI_IDENTITY: 'caller',
      PAI_OIDC_PROVIDER_ARN: 'acs:ram::1:oidc-provider/a',
      PAI_ROLE_MAP: 'roles.json',
    };
    expect(warningsOf(env)).toEqual([]);
    expect(warningsOf({ ...env, PAI_STS_ENDPOINT: 'https://sts.example.com' })).toEqual([network]);
  });
});

describe('a setting that needs another', () => {
  const JWT = { AUTH: 'jwt', JWT_JWKS: 'keys.json', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
  const ARN = 'acs:ram::1:oidc-provider/a';
  const OWN = { PAI_IDENTITY: 'caller', PAI_OIDC_PROVIDER_ARN: ARN, PAI_ROLE_MAP: 'roles.json' };

  test('a setting that needs another is right beside it', () => {
    expect(problemsOf({ AUTH: 'api-key', API_KEYS_FILE: 'keys.json' })).toEqual([]);
    expect(problemsOf({ ...JWT, JWT_WORKSPACES_CLAIM: 'ws' })).toEqual([]);
    expect(problemsOf({ ...JWT, ...OWN, PAI_STS_ENDPOINT: 'https://sts.example.com' })).toEqual([]);
    const documents = { TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_FILE: 'm.json' };
    expect(problemsOf(documents)).toEqual([]);
  });

  test.each([
    ['API_KEYS_FILE', 'keys.json', 'AUTH=api-key'],
    ['JWT_JWKS', 'keys.json', 'AUTH=jwt'],
    ['JWT_ISSUER', 'i', 'AUTH=jwt'],
    ['JWT_AUDIENCE', 'a', 'AUTH=jwt'],
    ['JWT_WORKSPACES_CLAIM', 'ws', 'AUTH=jwt'],
    ['PAI_OIDC_PROVIDER_ARN', ARN, 'PAI_IDENTITY=caller'],
    ['PAI_ROLE_MAP', 'roles.json', 'PAI_IDENTITY=caller'],
    ['PAI_STS_ENDPOINT', 'https://sts.example.com', 'PAI_IDENTITY=caller'],
  ])('%s is refused without it', (name, value, other) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name} has no effect without ${other}.`]);
  });

  test('UPSTREAM_RATE_WITHOUT_REDIS has no effect without Redis, and lies within the rate', () => {
    const redis = { REDIS_URL: 'redis://localhost' };
    const share = (value: string, env: Env) =>
      problemsOf({ ...env, UPSTREAM_RATE_WITHOUT_REDIS: value });
    expect(share('25', {})).toEqual([
      'UPSTREAM_RATE_WITHOUT_REDIS has no effect without REDIS_URL.',
    ]);
    const outside = ['UPSTREAM_RATE_WITHOUT_REDIS must be from 1 to UPSTREAM_RATE_PER_SECOND.'];
    expect(share('51', redis)).toEqual(outside);
    expect(share('50', redis)).toEqual([]);
    expect(share('50', { ...redis, UPSTREAM_RATE_PER_SECOND: '49' })).toEqual(outside);
    expect(configOf({ ...redis, UPSTREAM_RATE_WITHOUT_REDIS: '25' })).toMatchObject({
      upstream: { ratePerSecond: 50, rateWithoutRedis: 25 },
      redis: {
        target: { nodes: [{ host: 'localhost' }] },
        cacheTimeoutMs: 50,
        quotaTimeoutMs: 1000,
      },
    });
  });

  test('a setting that needs another is not also said to have no effect when the other cannot be read', () => {
    expect(problemsOf({ PAI_IDENTITY: 'both', PAI_ROLE_MAP: 'roles.json' })).toHaveLength(1);
  });

  test.each([
    ['API_KEYS_FILE', { AUTH: 'api-key' }, 'AUTH=api-key'],
    ['JWT_JWKS', { ...JWT, JWT_JWKS: '' }, 'AUTH=jwt'],
    ['JWT_ISSUER', { ...JWT, JWT_ISSUER: '' }, 'AUTH=jwt'],
    ['JWT_AUDIENCE', { ...JWT, JWT_AUDIENCE: '' }, 'AUTH=jwt'],
    ['PAI_OIDC_PROVIDER_ARN', { ...JWT, ...OWN, PAI_OIDC_PROVIDER_ARN: '' }, 'PAI_IDENTITY=caller'],
    ['PAI_ROLE_MAP', { ...JWT, ...OWN, PAI_ROLE_MAP: '' }, 'PAI_IDENTITY=caller'],
  ])('%s is missed where the other is', (name, env, other) => {
    expect(problemsOf(env)).toEqual([`${name} is needed with ${other}.`]);
  });

  test('PAI_IDENTITY=caller needs a token of each caller, and PAI decides which models they see', () => {
    expect(problemsOf({ ...OWN, AUTH: 'none' })).toEqual([
      expect.stringContaining('PAI_IDENTITY=caller needs AUTH=jwt alone'),
    ]);
    expect(problemsOf({ ...JWT, ...OWN, JWT_WORKSPACES_CLAIM: 'ws' })).toEqual([
      expect.stringContaining('JWT_WORKSPACES_CLAIM contradicts PAI_IDENTITY=caller'),
    ]);
  });

  test('CACHE_CONTROL_SCOPE=public is refused where callers see different models', () => {
    const shared = { CACHE_CONTROL_SCOPE: 'public' };
    expect(problemsOf(shared)).toEqual([]);
    expect(problemsOf({ ...JWT, ...shared })).toEqual([]);
    expect(problemsOf({ ...JWT, ...OWN, ...shared })).toEqual([
      expect.stringContaining('CACHE_CONTROL_SCOPE=public contradicts PAI_IDENTITY=caller'),
    ]);
    expect(problemsOf({ ...JWT, ...shared, JWT_WORKSPACES_CLAIM: 'ws' })).toEqual([
      expect.stringContaining('CACHE_CONTROL_SCOPE=public contradicts JWT_WORKSPACES_CLAIM'),
    ]);
  });
});
