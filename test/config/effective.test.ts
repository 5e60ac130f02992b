// The settings in force, as the ready line and `main.js config` show them, without secrets.
import { describe, expect, test } from 'vitest';
import {
  type EffectiveSetting,
  effectiveSettings,
  settingsAsText,
} from '../../src/config/effective.js';
import { parseConfig } from '../../src/config/parse.js';
import { SETTINGS, type Setting } from '../../src/config/settings.js';

const SECRET = 'hunter2';
/** Every form that takes one of them may hold a secret. */
const WITH_SECRET = [
  SECRET,
  `redis://user:${SECRET}@redis.example:6379/1`,
  `redis+sentinel://user:${SECRET}@one.example,two.example/main`,
  `rediss+cluster://:${SECRET}%40${SECRET}@one.example`,
  `https://user:${SECRET}@host.example`,
  `https:user:${SECRET}@host.example`,
  `https:\\\\user:${SECRET}@host.example`,
  `https://host.example/path?key=${SECRET}`,
  `https://host.example/path#${SECRET}`,
  `acs:ram::1:oidc-provider/${SECRET}`,
];

/** Settings with free texts that are no secrets. Any other with such a text must be marked as secret in the table. */
const PUBLIC_TEXTS = [
  ...['HOST', 'CACHE_NAMESPACE', 'REDIS_KEY_PREFIX', 'REDIS_USERNAME', 'NO_PROXY'],
  ...['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_WORKSPACES_CLAIM', 'PAI_OIDC_PROVIDER_ARN'],
  ...['ALIBABA_CLOUD_ROLE_ARN', 'PAI_ROLE_MAP', 'OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES'],
  // Paths of files.
  ...['API_KEYS_FILE', 'TRUSTED_DOCUMENTS_FILE', 'REDIS_URL_FILE', 'REDIS_TLS_CA_FILE'],
  ...['ALIBABA_CLOUD_ACCESS_KEY_ID_FILE', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE'],
  ...['ALIBABA_CLOUD_SECURITY_TOKEN_FILE', 'ALIBABA_CLOUD_OIDC_TOKEN_FILE'],
  ...Object.keys(SETTINGS).filter((name) => /^OTEL_.*_(CERTIFICATE|KEY)$/.test(name)),
];

function configOf(env: Record<string, string>) {
  const parsed = parseConfig(env, 4096 * 1024 * 1024);
  if (!parsed.ok) throw new Error(parsed.problems.join(' '));
  return parsed.config;
}

const effective = (env: Record<string, string>, valid = env) =>
  effectiveSettings(env, configOf(valid));
const rowOf = (rows: readonly EffectiveSetting[], wanted: string) => {
  const { value, source } = rows.find(({ name }) => name === wanted) ?? {};
  return [value, source];
};

describe('effective settings', () => {
  test('are all settings, in the order of the table', () => {
    expect(effective({}).map(({ name }) => name)).toEqual(Object.keys(SETTINGS));
  });

  test('have the source of their value', () => {
    const rows = effective({
      PORT: ' 4001 ',
      https_proxy: 'http://proxy.example:3128',
      REDIS_URL_FILE: '/run/redis-url',
      TRUSTED_DOCUMENTS_FILE: '/run/documents',
      TRUSTED_DOCUMENTS: 'log',
    });
    expect(rowOf(rows, 'PORT')).toEqual(['4001', 'environment']);
    expect(rowOf(rows, 'HOST')).toEqual(['127.0.0.1', 'default']);
    expect(rowOf(rows, 'HTTPS_PROXY')).toEqual(['http://proxy.example:3128', 'environment']);
    expect(rowOf(rows, 'REDIS_URL')).toEqual(['[redacted]', 'file']);
    expect(rowOf(rows, 'REDIS_URL_FILE')).toEqual(['/run/redis-url', 'environment']);
    expect(rowOf(rows, 'TRUSTED_DOCUMENTS')).toEqual(['log', 'environment']);
    expect(rowOf(rows, 'JWT_ISSUER')).toEqual([null, 'default']);
  });

  test('include defaults that follow from other settings and from the heap', () => {
    const rows = effective({});
    expect(rowOf(rows, 'AUTH')).toEqual(['none', 'default']);
    expect(rowOf(rows, 'PLAYGROUND')).toEqual(['true', 'default']);
    expect(rowOf(rows, 'OPERATIONS_PER_SECOND')).toEqual(['unlimited', 'default']);
    expect(rowOf(rows, 'CACHE_MAX_MB')).toEqual(['128', 'default']);
    expect(rowOf(rows, 'UPSTREAM_RATE_WITHOUT_REDIS')).toEqual([null, 'default']);
    const shared = effective({ REDIS_URL: 'redis://localhost' });
    expect(rowOf(shared, 'UPSTREAM_RATE_WITHOUT_REDIS')).toEqual(['50', 'default']);
    const production = { NODE_ENV: 'production', AUTH: 'none', SANDBOX: 'true' };
    expect(rowOf(effective(production), 'PLAYGROUND')).toEqual(['false', 'default']);
  });

  test.each(Object.entries<Setting>(SETTINGS))(
    '%s shows no secret that it may hold',
    (name, [form]) => {
      for (const text of WITH_SECRET.filter((one) => form.safeParse(one).success)) {
        for (const given of [name, name.toLowerCase()]) {
          const shown = JSON.stringify(effective({ [given]: text }, {}));
          const isShown = shown.includes(SECRET);
          // Without a scheme it is a path.
          const isPath = name === 'JWT_JWKS' && !text.includes('://');
          const isPublic = isPath || PUBLIC_TEXTS.includes(name);
          expect([text, isShown]).toEqual([text, isShown && isPublic]);
        }
      }
    },
  );

  test('show of a URL with a secret where it leads', () => {
    const shownOf = (name: string, text: string) => rowOf(effective({ [name]: text }, {}), name)[0];
    expect(shownOf('HTTPS_PROXY', `http://user:${SECRET}@proxy.example:3128`)).toBe(
      'http://[redacted]@proxy.example:3128',
    );
    expect(shownOf('REDIS_URL', `redis+sentinel://:${SECRET}@one,two/main`)).toBe(
      'redis+sentinel://[redacted]@one,two/main',
    );
    expect(shownOf('JWT_JWKS', `https://keys.example/jwks?key=${SECRET}`)).toBe(
      'https://keys.example/jwks?[redacted]',
    );
  });

  test('are a line each as text', () => {
    const text = settingsAsText([
      { name: 'HOST', value: '127.0.0.1', source: 'default' },
      { name: 'API_KEYS_FILE', value: null, source: 'default' },
    ]);
    expect(text).toBe('HOST           127.0.0.1  default\nAPI_KEYS_FILE  –          default\n');
  });
});
