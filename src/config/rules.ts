// The rules between settings: contradictions, missing settings, and settings without effect. It parses nothing.
import type * as z from 'zod';
import { LOOPBACK } from './forms.js';
import type { Name, SETTINGS } from './settings.js';

type Settings = typeof SETTINGS;

export type Values = {
  [N in Name]:
    | z.output<Settings[N]['form']>
    | (Settings[N] extends { fallback: string } ? never : undefined);
};

/** Without the values that are not valid. */
type ValidValues = Partial<Values>;
type IsGiven = (name: Name) => boolean;
type Rule = readonly [isBroken: boolean, text: string];

/** The rules ask which settings are given, even if a value is not valid: one problem does not hide another. */
export function contradictions(isGiven: IsGiven, values: ValidValues): string[] {
  return broken([
    ...authRules(isGiven, values),
    ...identityRules(isGiven, values),
    ...documentRules(isGiven, values),
    ...redisRules(isGiven, values),
    ...upstreamRules(isGiven, values),
    [
      values.METRICS_PORT !== undefined && values.METRICS_PORT === values.PORT && values.PORT > 0,
      'METRICS_PORT must be another port than PORT.',
    ],
  ]);
}

/** A default that another setting bounds is not a mistake: only settings that are given are reported. */
export function settingsWithoutEffect(isGiven: IsGiven, values: ValidValues): string[] {
  return broken([
    ...timeoutRules(values),
    ...cacheRules(isGiven, values),
    ...limitRules(isGiven, values),
    ...networkRules(isGiven, values),
  ]);
}

function broken(rules: readonly Rule[]): string[] {
  return rules.filter(([isBroken]) => isBroken).map(([, text]) => text);
}

function needed(isGiven: IsGiven, name: Name, isNeeded: boolean, other: string): Rule {
  return [isNeeded && !isGiven(name), `${name} is needed with ${other}.`];
}

function useless(isGiven: IsGiven, name: Name, isUseless: boolean, other: string): Rule {
  return [isUseless && isGiven(name), `${name} has no effect without ${other}.`];
}

const JWT_SETTINGS = ['JWT_JWKS', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;

/** An AUTH that is not valid has been reported already. */
function authRules(isGiven: IsGiven, { AUTH, NODE_ENV, HOST = '' }: ValidValues): Rule[] {
  const isKnown = !isGiven('AUTH') || AUTH !== undefined;
  const isKeys = AUTH?.includes('api-key') === true;
  const isJwt = AUTH?.includes('jwt') === true;
  const isProduction = NODE_ENV === 'production';
  return [
    [!isGiven('AUTH') && isProduction, 'AUTH must be set in production: api-key, jwt or none.'],
    [
      !isGiven('AUTH') && !isProduction && !LOOPBACK.test(HOST),
      'AUTH must be set where HOST is not a loopback address: api-key, jwt or none.',
    ],
    needed(isGiven, 'API_KEYS_FILE', isKeys, 'AUTH=api-key'),
    ...JWT_SETTINGS.map((name) => needed(isGiven, name, isJwt, 'AUTH=jwt')),
    useless(isGiven, 'API_KEYS_FILE', isKnown && !isKeys, 'AUTH=api-key'),
    ...[...JWT_SETTINGS, 'JWT_WORKSPACES_CLAIM' as const].map((name) =>
      useless(isGiven, name, isKnown && !isJwt, 'AUTH=jwt'),
    ),
  ];
}

/** A caller without a token of its own would share one view with the service, and one cache. */
function identityRules(isGiven: IsGiven, { AUTH = [], PAI_IDENTITY }: ValidValues): Rule[] {
  const isCaller = PAI_IDENTITY === 'caller';
  const isService = PAI_IDENTITY === 'service';
  const hasSts = isGiven('PAI_REGION') || isGiven('PAI_STS_ENDPOINT') || !isGiven('PAI_ENDPOINT');
  const mode = 'PAI_IDENTITY=caller';
  return [
    [
      isCaller && AUTH.join() !== 'jwt',
      `${mode} needs AUTH=jwt alone: other callers have no token for STS, and no view of their own.`,
    ],
    [
      isCaller && isGiven('JWT_WORKSPACES_CLAIM'),
      `JWT_WORKSPACES_CLAIM contradicts ${mode}: there PAI decides.`,
    ],
    needed(isGiven, 'PAI_OIDC_PROVIDER_ARN', isCaller, mode),
    needed(isGiven, 'PAI_ROLE_MAP', isCaller, mode),
    [isCaller && !hasSts, `PAI_STS_ENDPOINT or PAI_REGION is needed with ${mode}.`],
    useless(isGiven, 'PAI_OIDC_PROVIDER_ARN', isService, mode),
    useless(isGiven, 'PAI_ROLE_MAP', isService, mode),
    useless(isGiven, 'PAI_STS_ENDPOINT', isService, mode),
  ];
}

function documentRules(isGiven: IsGiven, { TRUSTED_DOCUMENTS: mode }: ValidValues): Rule[] {
  const isOn = mode === 'log' || mode === 'only';
  return [
    needed(isGiven, 'TRUSTED_DOCUMENTS_FILE', isOn, 'TRUSTED_DOCUMENTS=log and only'),
    [
      mode === 'off' && isGiven('TRUSTED_DOCUMENTS_FILE'),
      'TRUSTED_DOCUMENTS_FILE has no effect with TRUSTED_DOCUMENTS=off.',
    ],
  ];
}

function redisRules(isGiven: IsGiven, values: ValidValues): Rule[] {
  const { UPSTREAM_RATE_WITHOUT_REDIS: share, UPSTREAM_RATE_PER_SECOND: rate } = values;
  return [
    [
      share !== undefined && rate !== undefined && share > rate,
      'UPSTREAM_RATE_WITHOUT_REDIS must be from 1 to UPSTREAM_RATE_PER_SECOND.',
    ],
    useless(isGiven, 'UPSTREAM_RATE_WITHOUT_REDIS', !isGiven('REDIS_URL'), 'REDIS_URL'),
  ];
}

function upstreamRules(isGiven: IsGiven, { NODE_ENV, SANDBOX }: ValidValues): Rule[] {
  const isPai = isGiven('PAI_REGION') || isGiven('PAI_ENDPOINT');
  const isProduction = NODE_ENV === 'production';
  const hasId = isGiven('ALIBABA_CLOUD_ACCESS_KEY_ID');
  return [
    [
      !isPai && isProduction && SANDBOX !== true,
      'PAI_REGION or PAI_ENDPOINT must be set in production; SANDBOX=true serves sample models.',
    ],
    [
      !isPai && !isProduction && SANDBOX === false,
      'SANDBOX=false needs PAI_REGION or PAI_ENDPOINT.',
    ],
    [isPai && SANDBOX === true, 'SANDBOX=true contradicts PAI_REGION and PAI_ENDPOINT.'],
    [
      isPai && hasId !== isGiven('ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together.',
    ],
    [
      isPai && isGiven('ALIBABA_CLOUD_SECURITY_TOKEN') && !hasId,
      'ALIBABA_CLOUD_SECURITY_TOKEN needs ALIBABA_CLOUD_ACCESS_KEY_ID.',
    ],
  ];
}

function timeoutRules({ UPSTREAM_TIMEOUT_MS = 0, REQUEST_TIMEOUT_MS = 0 }: ValidValues): Rule[] {
  return [
    [
      REQUEST_TIMEOUT_MS > 0 && UPSTREAM_TIMEOUT_MS > REQUEST_TIMEOUT_MS,
      'UPSTREAM_TIMEOUT_MS is above REQUEST_TIMEOUT_MS, which ends every attempt before.',
    ],
  ];
}

function cacheRules(isGiven: IsGiven, values: ValidValues): Rule[] {
  const { CACHE_TTL_SECONDS: ttl } = values;
  const withoutCache = (name: Name): Rule => [
    ttl === 0 && Boolean(values[name]) && isGiven(name),
    `${name} has no effect with CACHE_TTL_SECONDS=0.`,
  ];
  const bounds: Rule[] = [
    aboveBound(isGiven, values, 'CACHE_REVALIDATE_SECONDS', 'CACHE_STALE_SECONDS'),
    aboveBound(isGiven, values, 'CACHE_MISSING_SECONDS', 'CACHE_TTL_SECONDS'),
  ];
  return [
    withoutCache('CACHE_REVALIDATE_SECONDS'),
    withoutCache('CACHE_STALE_SECONDS'),
    withoutCache('CACHE_MISSING_SECONDS'),
    withoutCache('RESPONSE_CACHE'),
    ...(ttl ? bounds : []),
  ];
}

/** Each of these limits counts some of the fields, with fragments expanded. */
function limitRules(isGiven: IsGiven, values: ValidValues): Rule[] {
  return [
    aboveBound(isGiven, values, 'LIMIT_ROOT_FIELDS', 'LIMIT_FIELDS'),
    aboveBound(isGiven, values, 'LIMIT_ALIASES', 'LIMIT_FIELDS'),
    aboveBound(isGiven, values, 'LIMIT_REPEATS', 'LIMIT_FIELDS'),
  ];
}

function aboveBound(isGiven: IsGiven, values: ValidValues, name: Name, bound: Name): Rule {
  const [value, limit] = [Number(values[name]), Number(values[bound])];
  // NaN, for a value that is not valid, is above nothing.
  return [isGiven(name) && value > limit, `${name} is above ${bound}, which bounds it.`];
}

/** PAI_NETWORK chooses the endpoints of a region, for PAI and for STS. */
function networkRules(isGiven: IsGiven, { PAI_IDENTITY }: ValidValues): Rule[] {
  const isUsed =
    isGiven('PAI_REGION') &&
    (!isGiven('PAI_ENDPOINT') || (PAI_IDENTITY === 'caller' && !isGiven('PAI_STS_ENDPOINT')));
  return [
    [
      isGiven('PAI_NETWORK') && !isUsed,
      'PAI_NETWORK has no effect: no endpoint is that of PAI_REGION.',
    ],
  ];
}
