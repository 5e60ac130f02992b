// Finds settings that are valid but do not have the effect that they seem to have. It parses nothing.
import { type Environment, isGiven as isGivenIn } from './given.js';
import type { IsGiven, Rule, Settings, Values } from './rules.js';

/** A default that another setting bounds is not a mistake: only settings that are given are reported. */
export function settingsWithoutEffect(isGiven: IsGiven, values: Partial<Values>): string[] {
  const rules = [
    ...timeRules(values),
    ...cacheRules(isGiven, values),
    ...limitRules(isGiven, values),
    networkRule(isGiven, values),
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, warning]) => warning);
}

/** The credential chain reads more names than there are settings. */
export function keysOfTheSandbox(env: Environment, { SANDBOX }: Partial<Values>): string[] {
  const isPai = isGivenIn(env, 'PAI_REGION') || isGivenIn(env, 'PAI_ENDPOINT');
  if (isPai || SANDBOX === true) return [];
  const name = Object.keys(env).find(
    (candidate) => CREDENTIALS.test(candidate) && isGivenIn(env, candidate),
  );
  if (name === undefined) return [];
  return [
    `${name} has no effect without PAI_REGION or PAI_ENDPOINT: models come from the embedded sandbox.`,
  ];
}

const CREDENTIALS = /^ALIBABA_CLOUD_[A-Z_]{1,64}$/;

function timeRules({ UPSTREAM_TIMEOUT_MS = 0, REQUEST_TIMEOUT_MS = 0 }: Partial<Values>): Rule[] {
  return [
    [
      REQUEST_TIMEOUT_MS > 0 && UPSTREAM_TIMEOUT_MS > REQUEST_TIMEOUT_MS,
      'UPSTREAM_TIMEOUT_MS is above REQUEST_TIMEOUT_MS, which ends every attempt before.',
    ],
  ];
}

function cacheRules(isGiven: IsGiven, values: Partial<Values>): Rule[] {
  const { CACHE_TTL_SECONDS: ttl = 0, CACHE_STALE_SECONDS: stale = 0, ANSWER_MEMO } = values;
  const { CACHE_REVALIDATE_SECONDS: revalidate = 0, CACHE_MISSING_SECONDS: missing = 0 } = values;
  const isOff = values.CACHE_TTL_SECONDS === 0;
  const withoutCache = (name: keyof Settings, isOn: boolean): Rule => [
    isOff && isOn && isGiven(name),
    `${name} has no effect with CACHE_TTL_SECONDS=0.`,
  ];
  const bounded = (
    name: keyof Settings,
    value: number,
    by: keyof Settings,
    bound: number,
  ): Rule => [
    ttl > 0 && values[by] !== undefined && value > bound && isGiven(name),
    `${name} is above ${by}, which bounds it.`,
  ];
  return [
    withoutCache('CACHE_REVALIDATE_SECONDS', revalidate > 0),
    withoutCache('CACHE_STALE_SECONDS', stale > 0),
    withoutCache('CACHE_MISSING_SECONDS', missing > 0),
    withoutCache('ANSWER_MEMO', ANSWER_MEMO === true),
    bounded('CACHE_REVALIDATE_SECONDS', revalidate, 'CACHE_STALE_SECONDS', stale),
    bounded('CACHE_MISSING_SECONDS', missing, 'CACHE_TTL_SECONDS', ttl),
    [
      ANSWER_MEMO === true && isGiven('ANSWER_MEMO') && values.TRUSTED_DOCUMENTS === 'log',
      'ANSWER_MEMO has no effect with TRUSTED_DOCUMENTS=log.',
    ],
  ];
}

/** Each of these limits counts some of the fields, with fragments expanded. */
const AMONG_FIELDS = ['LIMIT_ROOT_FIELDS', 'LIMIT_ALIASES', 'LIMIT_REPEATS'] as const;

function limitRules(isGiven: IsGiven, values: Partial<Values>): Rule[] {
  const { LIMIT_FIELDS = Number.POSITIVE_INFINITY } = values;
  return AMONG_FIELDS.map((name) => [
    isGiven(name) && (values[name] ?? 0) > LIMIT_FIELDS,
    `${name} is above LIMIT_FIELDS, which bounds it.`,
  ]);
}

/** PAI_NETWORK chooses the endpoints of a region, for PAI and for STS. */
function networkRule(isGiven: IsGiven, { PAI_IDENTITY }: Partial<Values>): Rule {
  const isPaiRegional = isGiven('PAI_REGION') && !isGiven('PAI_ENDPOINT');
  const isStsRegional =
    isGiven('PAI_REGION') && PAI_IDENTITY === 'caller' && !isGiven('PAI_STS_ENDPOINT');
  return [
    isGiven('PAI_NETWORK') && !isPaiRegional && !isStsRegional,
    'PAI_NETWORK has no effect: no endpoint is that of PAI_REGION.',
  ];
}
