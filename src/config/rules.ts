// The rules between settings: contradictions, missing settings, and settings without effect. It parses nothing.
import { isLoopbackName } from '../lib/loopback.js';
import { areTracesDisabled } from './config.js';
import type { Name, Values } from './settings.js';

/** The values that are valid; a rule also asks which settings are given, so that one problem does not hide another. */
type State = Partial<Values> & { readonly has: (name: Name) => boolean };
type Test = (state: State) => boolean | undefined;
type Rule = readonly [message: string, isBroken: Test];

/** undefined: AUTH is not valid, which has been reported. */
const usesAuth =
  (method: 'api-key' | 'jwt'): Test =>
  ({ has, AUTH = has('AUTH') ? undefined : [] }) =>
    AUTH?.includes(method);
const isCaller: Test = ({ PAI_IDENTITY }) => PAI_IDENTITY && PAI_IDENTITY === 'caller';
const isPublic: Test = ({ CACHE_CONTROL_SCOPE }) => CACHE_CONTROL_SCOPE === 'public';
const isProduction: Test = ({ NODE_ENV }) => NODE_ENV === 'production';
const hasPai: Test = ({ has }) => has('PAI_REGION') || has('PAI_ENDPOINT');

const hasRedis: Test = ({ has }) => has('REDIS_URL') || has('REDIS_URL_FILE');
/** Whether the standard variables of OpenTelemetry ask for traces. */
export const hasTraces: Test = (state) =>
  !areTracesDisabled(state) &&
  (state.has('OTEL_EXPORTER_OTLP_ENDPOINT') || state.has('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'));
const KEYS: readonly Name[] = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
];
const KEY_FILES: readonly Name[] = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID_FILE',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE',
  'ALIBABA_CLOUD_SECURITY_TOKEN_FILE',
];

const uselessWithout = (name: Name, other: string, isOn: Test): Rule => [
  `${name} has no effect without ${other}.`,
  (state) => state.has(name) && isOn(state) === false,
];
const neededWith = (name: Name, other: string, isOn: Test): Rule => [
  `${name} is needed with ${other}.`,
  (state) => !state.has(name) && isOn(state),
];
const belongsTo = (name: Name, other: string, isOn: Test): readonly Rule[] => [
  uselessWithout(name, other, isOn),
  neededWith(name, other, isOn),
];

const CONTRADICTIONS: readonly Rule[] = [
  [
    'AUTH must be set in production: api-key, jwt or none.',
    (state) => !state.has('AUTH') && isProduction(state),
  ],
  [
    'AUTH must be set where HOST is not a loopback address: api-key, jwt or none.',
    (state) => !state.has('AUTH') && !isProduction(state) && !isLoopbackName(state.HOST ?? ''),
  ],
  ...belongsTo('API_KEYS_FILE', 'AUTH=api-key', usesAuth('api-key')),
  ...belongsTo('JWT_JWKS', 'AUTH=jwt', usesAuth('jwt')),
  ...belongsTo('JWT_ISSUER', 'AUTH=jwt', usesAuth('jwt')),
  ...belongsTo('JWT_AUDIENCE', 'AUTH=jwt', usesAuth('jwt')),
  uselessWithout('JWT_WORKSPACES_CLAIM', 'AUTH=jwt', usesAuth('jwt')),
  ...belongsTo('PAI_OIDC_PROVIDER_ARN', 'PAI_IDENTITY=caller', isCaller),
  ...belongsTo('PAI_ROLE_MAP', 'PAI_IDENTITY=caller', isCaller),
  uselessWithout('PAI_STS_ENDPOINT', 'PAI_IDENTITY=caller', isCaller),
  ...(
    [
      'UPSTREAM_RATE_WITHOUT_REDIS',
      'REDIS_USERNAME',
      'REDIS_PASSWORD',
      'REDIS_SENTINEL_PASSWORD',
      'REDIS_TLS_CA_FILE',
      'REDIS_KEY_PREFIX',
    ] as const
  ).map((name) => uselessWithout(name, 'REDIS_URL', hasRedis)),
  ...belongsTo(
    'TRUSTED_DOCUMENTS_FILE',
    'TRUSTED_DOCUMENTS=log or only',
    ({ TRUSTED_DOCUMENTS: mode }) => mode && mode !== 'off',
  ),
  // A caller without a token of its own would share one view with the service, and one cache.
  [
    'PAI_IDENTITY=caller needs AUTH=jwt alone: other callers have no token for STS, and no view of their own.',
    (state) => isCaller(state) && state.AUTH?.join() !== 'jwt',
  ],
  [
    'JWT_WORKSPACES_CLAIM contradicts PAI_IDENTITY=caller, with which PAI decides what a caller sees.',
    (state) => isCaller(state) && state.has('JWT_WORKSPACES_CLAIM'),
  ],
  [
    'PAI_STS_ENDPOINT or PAI_REGION is needed with PAI_IDENTITY=caller.',
    (state) =>
      isCaller(state) &&
      state.has('PAI_ENDPOINT') &&
      !state.has('PAI_REGION') &&
      !state.has('PAI_STS_ENDPOINT'),
  ],
  // A shared cache would give the answer of one caller to another. API keys are checked where their file is read.
  [
    'CACHE_CONTROL_SCOPE=public contradicts PAI_IDENTITY=caller, with which callers see different models.',
    (state) => isPublic(state) && isCaller(state),
  ],
  [
    'CACHE_CONTROL_SCOPE=public contradicts JWT_WORKSPACES_CLAIM, with which callers see different models.',
    (state) => isPublic(state) && state.has('JWT_WORKSPACES_CLAIM'),
  ],
  [
    'PAI_REGION or PAI_ENDPOINT must be set in production; SANDBOX=true serves sample models.',
    (state) => !hasPai(state) && isProduction(state) && state.SANDBOX !== true,
  ],
  [
    'SANDBOX=false needs PAI_REGION or PAI_ENDPOINT.',
    (state) => !hasPai(state) && !isProduction(state) && state.SANDBOX === false,
  ],
  [
    'SANDBOX=true contradicts PAI_REGION and PAI_ENDPOINT.',
    (state) => hasPai(state) && state.SANDBOX === true,
  ],
  [
    'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together.',
    (state) =>
      hasPai(state) &&
      state.has('ALIBABA_CLOUD_ACCESS_KEY_ID') !== state.has('ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
  ],
  [
    'ALIBABA_CLOUD_SECURITY_TOKEN needs ALIBABA_CLOUD_ACCESS_KEY_ID.',
    (state) =>
      hasPai(state) &&
      state.has('ALIBABA_CLOUD_SECURITY_TOKEN') &&
      !state.has('ALIBABA_CLOUD_ACCESS_KEY_ID'),
  ],
  [
    'ALIBABA_CLOUD_ACCESS_KEY_ID_FILE and ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE must be set together.',
    (state) =>
      hasPai(state) &&
      state.has('ALIBABA_CLOUD_ACCESS_KEY_ID_FILE') !==
        state.has('ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE'),
  ],
  [
    'ALIBABA_CLOUD_SECURITY_TOKEN_FILE needs ALIBABA_CLOUD_ACCESS_KEY_ID_FILE.',
    (state) =>
      hasPai(state) &&
      state.has('ALIBABA_CLOUD_SECURITY_TOKEN_FILE') &&
      !state.has('ALIBABA_CLOUD_ACCESS_KEY_ID_FILE'),
  ],
  [
    'Keys by value (ALIBABA_CLOUD_ACCESS_KEY_ID and others) contradict keys in files (ALIBABA_CLOUD_ACCESS_KEY_ID_FILE and others).',
    (state) => hasPai(state) && isAnySet(state, KEYS) && isAnySet(state, KEY_FILES),
  ],
  ['REDIS_URL contradicts REDIS_URL_FILE.', ({ has }) => has('REDIS_URL') && has('REDIS_URL_FILE')],
  [
    'METRICS_PORT must differ from PORT.',
    ({ PORT = 0, METRICS_PORT }) => PORT > 0 && PORT === METRICS_PORT,
  ],
  [
    'UPSTREAM_RATE_WITHOUT_REDIS must be from 1 to UPSTREAM_RATE_PER_SECOND.',
    ({ UPSTREAM_RATE_WITHOUT_REDIS: share, UPSTREAM_RATE_PER_SECOND: rate }) =>
      isAbove(share, rate),
  ],
];

function isAnySet({ has }: State, names: readonly Name[]): boolean {
  return names.some((name) => has(name));
}

/** undefined: the value is not valid, and so it is above nothing. */
function isAbove(value: unknown, bound: unknown): boolean {
  return Number(value) > Number(bound);
}

const uselessWithoutCache = (name: Name): Rule => [
  `${name} has no effect with CACHE_TTL_SECONDS=0.`,
  (state) => state.CACHE_TTL_SECONDS === 0 && state.has(name) && Boolean(state[name]),
];
/** A default that another setting bounds is not a mistake: only settings that are given are reported. */
const bounded = (name: Name, bound: Name, matters: Test = () => true): Rule => [
  `${name} is above ${bound}, which bounds it.`,
  (state) => state.has(name) && matters(state) && isAbove(state[name], state[bound]),
];
const hasCache: Test = ({ CACHE_TTL_SECONDS: ttl = 0 }) => ttl > 0;

const DOUBTS: readonly Rule[] = [
  [
    'UPSTREAM_TIMEOUT_MS is above REQUEST_TIMEOUT_MS, which ends every attempt earlier.',
    (state) => isAbove(state.UPSTREAM_TIMEOUT_MS, state.REQUEST_TIMEOUT_MS),
  ],
  uselessWithoutCache('CACHE_REVALIDATE_SECONDS'),
  uselessWithoutCache('CACHE_STALE_SECONDS'),
  uselessWithoutCache('CACHE_MISSING_SECONDS'),
  uselessWithoutCache('RESPONSE_CACHE'),
  bounded('CACHE_REVALIDATE_SECONDS', 'CACHE_STALE_SECONDS', hasCache),
  bounded('CACHE_MISSING_SECONDS', 'CACHE_TTL_SECONDS', hasCache),
  bounded('LIMIT_ROOT_FIELDS', 'LIMIT_FIELDS'),
  bounded('LIMIT_ALIASES', 'LIMIT_FIELDS'),
  bounded('LIMIT_REPEATS', 'LIMIT_FIELDS'),
  [
    'REDIS_TLS_CA_FILE has no effect: REDIS_URL does not begin with rediss.',
    ({ has, REDIS_URL }) => has('REDIS_TLS_CA_FILE') && REDIS_URL?.isTls === false,
  ],
  [
    'PAI_TRACEPARENT has no effect without traces (OTEL_EXPORTER_OTLP_ENDPOINT).',
    (state) => state.PAI_TRACEPARENT === true && !hasTraces(state),
  ],
  [
    'OTEL_TRACES_SAMPLER_ARG has no effect without a sampler traceidratio.',
    (state) =>
      state.has('OTEL_TRACES_SAMPLER_ARG') &&
      hasTraces(state) &&
      state.OTEL_TRACES_SAMPLER?.endsWith('traceidratio') === false,
  ],
  bounded('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'OTEL_BSP_MAX_QUEUE_SIZE', hasTraces),
  [
    'PAI_NETWORK has no effect: no endpoint follows from PAI_REGION.',
    (state) => state.has('PAI_NETWORK') && !isRegional(state),
  ],
];

/** PAI_NETWORK chooses the endpoints of a region, for PAI and for STS. */
function isRegional(state: State): boolean {
  const { has } = state;
  const isStsRegional = isCaller(state) && !has('PAI_STS_ENDPOINT');
  return has('PAI_REGION') && (!has('PAI_ENDPOINT') || isStsRegional === true);
}

export const contradictions = (state: State) => broken(CONTRADICTIONS, state);
export const settingsWithoutEffect = (state: State) => broken(DOUBTS, state);

function broken(rules: readonly Rule[], state: State): string[] {
  return rules.filter(([, isBroken]) => isBroken(state)).map(([message]) => message);
}
