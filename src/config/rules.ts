// The rules between settings: contradictions, missing settings, and settings without effect. It parses nothing.
import { isLoopbackName } from '../lib/loopback.js';
import type { Name, Values } from './settings.js';

/** Without the values that are not valid. */
type ValidValues = Partial<Values>;
type IsGiven = (name: Name) => boolean;
type Rule = readonly [isBroken: boolean | undefined, text: string];

/** The rules ask which settings are given, even if a value is not valid: one problem does not hide another. */
export function contradictions(isGiven: IsGiven, values: ValidValues): string[] {
  const { METRICS_PORT: metricsPort, PORT: port = 0 } = values;
  const { UPSTREAM_RATE_WITHOUT_REDIS: share = 0, UPSTREAM_RATE_PER_SECOND: rate = share } = values;
  return broken([
    ...authRules(isGiven, values),
    ...companionRules(isGiven, values),
    ...identityRules(isGiven, values),
    ...upstreamRules(isGiven, values),
    [port > 0 && port === metricsPort, 'METRICS_PORT must differ from PORT.'],
    [share > rate, 'UPSTREAM_RATE_WITHOUT_REDIS must be from 1 to UPSTREAM_RATE_PER_SECOND.'],
  ]);
}

/** A default that another setting bounds is not a mistake: only settings that are given are reported. */
export function settingsWithoutEffect(isGiven: IsGiven, values: ValidValues): string[] {
  const { CACHE_TTL_SECONDS: ttl, PAI_IDENTITY } = values;
  const { UPSTREAM_TIMEOUT_MS: attemptMs = 0, REQUEST_TIMEOUT_MS: requestMs = attemptMs } = values;
  const withoutCache = (name: Name): Rule => [
    ttl === 0 && isGiven(name) && Boolean(values[name]),
    `${name} has no effect with CACHE_TTL_SECONDS=0.`,
  ];
  // NaN, for a value that is not valid, is above nothing.
  const above = (name: Name, bound: Name): Rule => [
    isGiven(name) && Number(values[name]) > Number(values[bound]),
    `${name} is above ${bound}, which bounds it.`,
  ];
  // PAI_NETWORK chooses the endpoints of a region, for PAI and for STS.
  const isRegional =
    isGiven('PAI_REGION') &&
    (!isGiven('PAI_ENDPOINT') || (PAI_IDENTITY === 'caller' && !isGiven('PAI_STS_ENDPOINT')));
  return broken([
    [
      attemptMs > requestMs,
      'UPSTREAM_TIMEOUT_MS is above REQUEST_TIMEOUT_MS, which ends every attempt earlier.',
    ],
    withoutCache('CACHE_REVALIDATE_SECONDS'),
    withoutCache('CACHE_STALE_SECONDS'),
    withoutCache('CACHE_MISSING_SECONDS'),
    withoutCache('RESPONSE_CACHE'),
    ...(ttl ? [above('CACHE_REVALIDATE_SECONDS', 'CACHE_STALE_SECONDS')] : []),
    ...(ttl ? [above('CACHE_MISSING_SECONDS', 'CACHE_TTL_SECONDS')] : []),
    above('LIMIT_ROOT_FIELDS', 'LIMIT_FIELDS'),
    above('LIMIT_ALIASES', 'LIMIT_FIELDS'),
    above('LIMIT_REPEATS', 'LIMIT_FIELDS'),
    [
      isGiven('PAI_NETWORK') && !isRegional,
      'PAI_NETWORK has no effect: no endpoint follows from PAI_REGION.',
    ],
  ]);
}

function broken(rules: readonly Rule[]): string[] {
  return rules.filter(([isBroken]) => isBroken).map(([, text]) => text);
}

function authRules(isGiven: IsGiven, { NODE_ENV, HOST = '' }: ValidValues): Rule[] {
  const isMissing = !isGiven('AUTH');
  const isProduction = NODE_ENV === 'production';
  return [
    [isMissing && isProduction, 'AUTH must be set in production: api-key, jwt or none.'],
    [
      isMissing && !isProduction && !isLoopbackName(HOST),
      'AUTH must be set where HOST is not a loopback address: api-key, jwt or none.',
    ],
  ];
}

/** Settings that have an effect only with another one, and whether that one needs them. */
const COMPANIONS = [
  ['API_KEYS_FILE', 'needed', 'AUTH=api-key'],
  ['JWT_JWKS', 'needed', 'AUTH=jwt'],
  ['JWT_ISSUER', 'needed', 'AUTH=jwt'],
  ['JWT_AUDIENCE', 'needed', 'AUTH=jwt'],
  ['JWT_WORKSPACES_CLAIM', 'optional', 'AUTH=jwt'],
  ['PAI_OIDC_PROVIDER_ARN', 'needed', 'PAI_IDENTITY=caller'],
  ['PAI_ROLE_MAP', 'needed', 'PAI_IDENTITY=caller'],
  ['PAI_STS_ENDPOINT', 'optional', 'PAI_IDENTITY=caller'],
  ['UPSTREAM_RATE_WITHOUT_REDIS', 'optional', 'REDIS_URL'],
] as const;

function companionRules(isGiven: IsGiven, values: ValidValues): Rule[] {
  const { AUTH = isGiven('AUTH') ? undefined : [], PAI_IDENTITY, TRUSTED_DOCUMENTS } = values;
  /** undefined: the value is not valid, which has been reported. */
  const isOn = {
    'AUTH=api-key': AUTH?.includes('api-key'),
    'AUTH=jwt': AUTH?.includes('jwt'),
    'PAI_IDENTITY=caller': PAI_IDENTITY && PAI_IDENTITY === 'caller',
    REDIS_URL: isGiven('REDIS_URL'),
  };
  const hasDocuments = isGiven('TRUSTED_DOCUMENTS_FILE');
  return [
    ...COMPANIONS.map(([name, use, other]): Rule => {
      if (isGiven(name)) return [isOn[other] === false, `${name} has no effect without ${other}.`];
      return [use === 'needed' && isOn[other], `${name} is needed with ${other}.`];
    }),
    [
      (TRUSTED_DOCUMENTS === 'log' || TRUSTED_DOCUMENTS === 'only') && !hasDocuments,
      'TRUSTED_DOCUMENTS_FILE is needed with TRUSTED_DOCUMENTS=log and only.',
    ],
    [
      TRUSTED_DOCUMENTS === 'off' && hasDocuments,
      'TRUSTED_DOCUMENTS_FILE has no effect with TRUSTED_DOCUMENTS=off.',
    ],
  ];
}

/** A caller without a token of its own would share one view with the service, and one cache. */
function identityRules(isGiven: IsGiven, { AUTH = [], PAI_IDENTITY }: ValidValues): Rule[] {
  if (PAI_IDENTITY !== 'caller') return [];
  const hasSts = isGiven('PAI_REGION') || isGiven('PAI_STS_ENDPOINT') || !isGiven('PAI_ENDPOINT');
  return [
    [
      AUTH.join() !== 'jwt',
      'PAI_IDENTITY=caller needs AUTH=jwt alone: other callers have no token for STS, and no view of their own.',
    ],
    [
      isGiven('JWT_WORKSPACES_CLAIM'),
      'JWT_WORKSPACES_CLAIM contradicts PAI_IDENTITY=caller, with which PAI decides what a caller sees.',
    ],
    [!hasSts, 'PAI_STS_ENDPOINT or PAI_REGION is needed with PAI_IDENTITY=caller.'],
  ];
}

function upstreamRules(isGiven: IsGiven, { NODE_ENV, SANDBOX }: ValidValues): Rule[] {
  const isProduction = NODE_ENV === 'production';
  if (!isGiven('PAI_REGION') && !isGiven('PAI_ENDPOINT')) {
    return [
      [
        isProduction && SANDBOX !== true,
        'PAI_REGION or PAI_ENDPOINT must be set in production; SANDBOX=true serves sample models.',
      ],
      [!isProduction && SANDBOX === false, 'SANDBOX=false needs PAI_REGION or PAI_ENDPOINT.'],
    ];
  }
  const hasId = isGiven('ALIBABA_CLOUD_ACCESS_KEY_ID');
  return [
    [SANDBOX === true, 'SANDBOX=true contradicts PAI_REGION and PAI_ENDPOINT.'],
    [
      hasId !== isGiven('ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together.',
    ],
    [
      isGiven('ALIBABA_CLOUD_SECURITY_TOKEN') && !hasId,
      'ALIBABA_CLOUD_SECURITY_TOKEN needs ALIBABA_CLOUD_ACCESS_KEY_ID.',
    ],
  ];
}
