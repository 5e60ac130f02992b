// Finds settings that contradict each other or need another setting. It parses nothing.
import type * as z from 'zod';
import { LOOPBACK } from '../settings/forms.js';
import type { SETTINGS } from '../settings.js';

export type Settings = typeof SETTINGS;
export type Values = {
  [Name in keyof Settings]:
    | z.output<Settings[Name]['form']>
    | (Settings[Name] extends { fallback: string } ? never : undefined);
};

/** The rules look at which settings are given, even if a value is not valid: one problem does not hide another. */
export function contradictions(
  isGiven: (name: keyof Settings) => boolean,
  values: Values,
): string[] {
  const isPai = isGiven('PAI_REGION') || isGiven('PAI_ENDPOINT');
  const hasId = isGiven('ALIBABA_CLOUD_ACCESS_KEY_ID');
  const hasSecret = isGiven('ALIBABA_CLOUD_ACCESS_KEY_SECRET');
  const rules: readonly Rule[] = [
    ...authRules(isGiven, values),
    ...identityRules(isGiven, values),
    ...documentRules(isGiven, values),
    ...redisRules(isGiven, values),
    [
      !isPai && values.NODE_ENV === 'production' && values.SANDBOX !== true,
      'PAI_REGION or PAI_ENDPOINT must be set in production; SANDBOX=true serves sample models.',
    ],
    [
      !isPai && values.NODE_ENV !== 'production' && values.SANDBOX === false,
      'SANDBOX=false needs PAI_REGION or PAI_ENDPOINT.',
    ],
    [isPai && values.SANDBOX === true, 'SANDBOX=true contradicts PAI_REGION and PAI_ENDPOINT.'],
    [
      isPai && hasId !== hasSecret,
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together.',
    ],
    [
      isPai && isGiven('ALIBABA_CLOUD_SECURITY_TOKEN') && !hasId,
      'ALIBABA_CLOUD_SECURITY_TOKEN needs ALIBABA_CLOUD_ACCESS_KEY_ID.',
    ],
    [
      values.METRICS_PORT === values.PORT && values.PORT > 0,
      'METRICS_PORT must be another port than PORT.',
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, problem]) => problem);
}

export type Rule = readonly [isBroken: boolean, problem: string];
export type IsGiven = (name: keyof Settings) => boolean;

/** An AUTH that is not valid has been reported already. */
function authRules(isGiven: IsGiven, { AUTH, NODE_ENV, HOST = '' }: Partial<Values>): Rule[] {
  const isKnown = !isGiven('AUTH') || AUTH !== undefined;
  const isKeys = AUTH?.includes('api-key') === true;
  const isJwt = AUTH?.includes('jwt') === true;
  const missing = (name: keyof Settings, isNeeded: boolean): Rule => [
    isNeeded && !isGiven(name),
    `${name} is needed with AUTH=${isKeys && name === 'API_KEYS_FILE' ? 'api-key' : 'jwt'}.`,
  ];
  const spare = (name: keyof Settings, isOn: boolean, method: string): Rule => [
    isKnown && !isOn && isGiven(name),
    `${name} is of no use without AUTH=${method}.`,
  ];
  return [
    [
      !isGiven('AUTH') && NODE_ENV === 'production',
      'AUTH must be said in production: api-key, jwt or none.',
    ],
    [
      !isGiven('AUTH') && NODE_ENV !== 'production' && !LOOPBACK.test(HOST),
      'AUTH must be said where HOST is not a loopback address: api-key, jwt or none.',
    ],
    missing('API_KEYS_FILE', isKeys),
    missing('JWT_JWKS', isJwt),
    missing('JWT_ISSUER', isJwt),
    missing('JWT_AUDIENCE', isJwt),
    spare('API_KEYS_FILE', isKeys, 'api-key'),
    spare('JWT_JWKS', isJwt, 'jwt'),
    spare('JWT_ISSUER', isJwt, 'jwt'),
    spare('JWT_AUDIENCE', isJwt, 'jwt'),
    spare('JWT_WORKSPACES_CLAIM', isJwt, 'jwt'),
  ];
}

/** A caller without a token of its own would share one view with the service, and one cache. */
function identityRules(isGiven: IsGiven, { AUTH = [], PAI_IDENTITY }: Partial<Values>): Rule[] {
  const isOwn = PAI_IDENTITY === 'caller';
  const spare = (name: keyof Settings): Rule => [
    PAI_IDENTITY === 'service' && isGiven(name),
    `${name} is of no use without PAI_IDENTITY=caller.`,
  ];
  const isSts = isGiven('PAI_REGION') || isGiven('PAI_STS_ENDPOINT') || !isGiven('PAI_ENDPOINT');
  return [
    [
      isOwn && AUTH.join() !== 'jwt',
      'PAI_IDENTITY=caller needs AUTH=jwt alone: other callers have no token for STS, and no view of their own.',
    ],
    [
      isOwn && isGiven('JWT_WORKSPACES_CLAIM'),
      'JWT_WORKSPACES_CLAIM contradicts PAI_IDENTITY=caller: there PAI decides.',
    ],
    [
      isOwn && !isGiven('PAI_OIDC_PROVIDER_ARN'),
      'PAI_OIDC_PROVIDER_ARN is needed with PAI_IDENTITY=caller.',
    ],
    [isOwn && !isGiven('PAI_ROLE_MAP'), 'PAI_ROLE_MAP is needed with PAI_IDENTITY=caller.'],
    [isOwn && !isSts, 'PAI_STS_ENDPOINT or PAI_REGION is needed with PAI_IDENTITY=caller.'],
    spare('PAI_OIDC_PROVIDER_ARN'),
    spare('PAI_ROLE_MAP'),
    spare('PAI_STS_ENDPOINT'),
  ];
}

function documentRules(isGiven: IsGiven, { TRUSTED_DOCUMENTS: mode }: Partial<Values>): Rule[] {
  const isOn = mode === 'log' || mode === 'only';
  return [
    [
      isOn && !isGiven('TRUSTED_DOCUMENTS_FILE'),
      'TRUSTED_DOCUMENTS_FILE is needed with TRUSTED_DOCUMENTS=log and only.',
    ],
    [
      mode === 'off' && isGiven('TRUSTED_DOCUMENTS_FILE'),
      'TRUSTED_DOCUMENTS_FILE is of no use with TRUSTED_DOCUMENTS=off.',
    ],
  ];
}

function redisRules(isGiven: IsGiven, values: Partial<Values>): Rule[] {
  const { UPSTREAM_RATE_WITHOUT_REDIS: share, UPSTREAM_RATE_PER_SECOND: rate } = values;
  return [
    [
      share !== undefined && rate !== undefined && share > rate,
      'UPSTREAM_RATE_WITHOUT_REDIS must be from 1 to UPSTREAM_RATE_PER_SECOND.',
    ],
    [
      isGiven('UPSTREAM_RATE_WITHOUT_REDIS') && !isGiven('REDIS_URL'),
      'UPSTREAM_RATE_WITHOUT_REDIS is of no use without REDIS_URL.',
    ],
  ];
}
