// Finds names in the environment that look like misspelt settings. It reads a value only to recognise a service link,
// or a setting whose name differs in case.
import { SETTINGS } from './settings.js';

/** Names with these beginnings are meant for this program, even if no setting has a similar name. */
const FAMILY =
  /^(PAI_|UPSTREAM_|CACHE_|LIMIT_|JWT_|METRICS_|API_KEYS|TRUSTED_DOCUMENTS|CORS_ORIGIN|REDIS_URL)/;
/** Other names, such as exported shell functions, are not typing errors and may have any length. */
const NAME = /^[A-Za-z]\w{0,63}$/;
const MAX_REPORTED = 20;

/** The settings that also exist in lower case. */
export const PROXY_NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

const KNOWN = Object.keys(SETTINGS);

/** Gives at most twenty names; one more line counts the others. */
export function misspeltNames(env: NodeJS.ProcessEnv): string[] {
  const warnings = Object.keys(env).flatMap((name) => warningOf(env, name));
  const left = warnings.length - MAX_REPORTED;
  if (left <= 0) return warnings;
  return [
    ...warnings.slice(0, MAX_REPORTED),
    `${left} more names in the environment look like settings and are not.`,
  ];
}

function warningOf(env: NodeJS.ProcessEnv, name: string): string[] {
  const value = env[name];
  if (!value || !NAME.test(name) || Object.hasOwn(SETTINGS, name)) return [];
  if (isServiceLink(name, value) || isProxyName(name)) return [];
  const meant = similarSetting(name);
  if (meant === undefined) return FAMILY.test(name) ? [`${name} is not a setting.`] : [];
  // Where case does not matter, as on Windows, the name is the setting itself.
  if (meant === name.toUpperCase() && env[meant] === value) return [];
  return [`${name} is not a setting; did you mean ${meant}?`];
}

function isProxyName(name: string): boolean {
  return PROXY_NAMES.some((known) => known.toLowerCase() === name);
}

/** The nearest setting; else the first setting that begins with the name, for example when a unit is missing. */
function similarSetting(name: string): string | undefined {
  const upper = name.toUpperCase();
  const [nearest] = KNOWN.map((known) => ({
    known,
    slips: countSlips(upper, known, slipsIn(known)),
  }))
    .filter(({ slips }) => Number.isFinite(slips))
    .sort((one, other) => one.slips - other.slips);
  return nearest?.known ?? KNOWN.find((known) => name.includes('_') && known.startsWith(name));
}

/**
 * PATH is two slips from AUTH: between short names, a small distance proves less. And OpenTelemetry has names for other
 * programs, such as OTEL_BLRP_SCHEDULE_DELAY, that are two slips from ours.
 */
function slipsIn(known: string): number {
  const { length } = known;
  if (length < 8 || known.startsWith('OTEL_')) return 1;
  return length < 16 ? 2 : 3;
}

/** The letters left out, added, replaced or swapped with the next between the texts; Infinity: more than `max`. */
function countSlips(one: string, other: string, max: number): number {
  if (one === other) return 0;
  if (max === 0 || Math.abs(one.length - other.length) > max) return Infinity;
  if (one[0] === other[0]) return countSlips(one.slice(1), other.slice(1), max);
  const isSwap = one[0] === other[1] && one[1] === other[0];
  const rests: [string, string][] = [
    [one.slice(1), other],
    [one, other.slice(1)],
    isSwap ? [one.slice(2), other.slice(2)] : [one.slice(1), other.slice(1)],
  ];
  return 1 + Math.min(...rests.map(([left, right]) => countSlips(left, right, max - 1)));
}

/** Kubernetes and Docker put the addresses of services into the environment, under names made from their names. */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST$|PORT$|PORT_)/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
