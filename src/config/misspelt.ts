// Finds names in the environment that look like settings and are not. It reads a value only to recognise a service
// link, or a setting whose name differs in case.
import { SETTINGS } from '../settings.js';
import { distance } from './distance.js';
import type { Environment } from './given.js';

/** Names with these beginnings are meant for this program, even when they are far from any setting. */
const FAMILY =
  /^(PAI_|UPSTREAM_|CACHE_|LIMIT_|JWT_|METRICS_|API_KEYS|TRUSTED_DOCUMENTS|CORS_ORIGIN|REDIS_URL)/;
/** Other names, such as exported shell functions, are not typing errors and may have any length. */
const NAME = /^[A-Za-z]\w{0,63}$/;
const MAX_TOLD = 20;

const KNOWN = Object.keys(SETTINGS);

/** Gives at most twenty names; one more line counts the others. */
export function misspeltNames(env: Environment): string[] {
  const warnings = Object.keys(env).flatMap((name) => warningOf(env, name));
  const left = warnings.length - MAX_TOLD;
  if (left <= 0) return warnings;
  return [
    ...warnings.slice(0, MAX_TOLD),
    `${left} more names in the environment look like settings and are not.`,
  ];
}

function warningOf(env: Environment, name: string): string[] {
  const value = env[name];
  if (!value || !NAME.test(name) || Object.hasOwn(SETTINGS, name)) return [];
  if (isServiceLink(name, value)) return [];
  const meant = meantBy(name);
  // Where case does not matter, as on Windows, the name is the setting itself.
  if (meant !== undefined && meant === name.toUpperCase() && env[meant] === value) return [];
  if (meant !== undefined) return [`${name} is not a setting; did you mean ${meant}?`];
  return FAMILY.test(name) ? [`${name} is not a setting.`] : [];
}

/** The nearest setting; else the first setting that begins with the name, for example when a unit is missing. */
function meantBy(name: string): string | undefined {
  const upper = name.toUpperCase();
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const known of KNOWN) {
    const far = distance(upper, known, slipsIn(known));
    if (far < least) {
      nearest = known;
      least = far;
    }
  }
  return nearest ?? KNOWN.find((known) => name.includes('_') && known.startsWith(name));
}

/** PATH is at distance two from AUTH: in a short name, a small distance proves less. */
function slipsIn({ length }: string): number {
  if (length < 8) return 1;
  return length < 16 ? 2 : 3;
}

/** Kubernetes and Docker put the addresses of services into the environment, under names made from their names. */
function isServiceLink(name: string, value: string): boolean {
  return (
    name.endsWith('_SERVICE_HOST') ||
    name.endsWith('_SERVICE_PORT') ||
    name.includes('_SERVICE_PORT_') ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
