// Finds names in the environment that look like misspelt settings. It reads a value only to recognise a service link,
// or a setting whose name differs in case.
import { SETTINGS } from './settings.js';

/** Names with these beginnings are meant for this program, even if no setting has a similar name. */
const FAMILY =
  /^(PAI_|UPSTREAM_|CACHE_|LIMIT_|JWT_|METRICS_|API_KEYS|TRUSTED_DOCUMENTS|CORS_ORIGIN|REDIS_URL)/;
/** Other names, such as exported shell functions, are not typing errors and may have any length. */
const NAME = /^[A-Za-z]\w{0,63}$/;
const MAX_REPORTED = 20;

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
  if (isServiceLink(name, value)) return [];
  const meant = similarSetting(name);
  if (meant === undefined) return FAMILY.test(name) ? [`${name} is not a setting.`] : [];
  // Where case does not matter, as on Windows, the name is the setting itself.
  if (meant === name.toUpperCase() && env[meant] === value) return [];
  return [`${name} is not a setting; did you mean ${meant}?`];
}

/** The nearest setting; else the first setting that begins with the name, for example when a unit is missing. */
function similarSetting(name: string): string | undefined {
  const upper = name.toUpperCase();
  const [nearest] = KNOWN.map((known) => ({ known, far: distance(upper, known, slipsIn(known)) }))
    .filter(({ far }) => Number.isFinite(far))
    .sort((one, other) => one.far - other.far);
  return nearest?.known ?? KNOWN.find((known) => name.includes('_') && known.startsWith(name));
}

/** PATH has distance two from AUTH: between short names, a small distance proves less. */
function slipsIn({ length }: string): number {
  if (length < 8) return 1;
  return length < 16 ? 2 : 3;
}

/**
 * The optimal string alignment distance (insertions, deletions, substitutions and swaps of neighbours); Infinity
 * beyond `max`. For most pairs it ends after a few rows.
 */
function distance(left: string, right: string, max: number): number {
  if (Math.abs(left.length - right.length) > max) return Infinity;
  const rows = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= left.length; row += 1) {
    const next = [row];
    rows.push(next);
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const swapped = isSwap ? at(row - 2, column - 2) + 1 : Infinity;
      const substituted = at(row - 1, column - 1) + Number(!isSame);
      next.push(Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, substituted, swapped));
    }
    if (Math.min(...next) > max) return Infinity;
  }
  const found = at(left.length, right.length);
  return found > max ? Infinity : found;
}

/** Kubernetes and Docker put the addresses of services into the environment, under names made from their names. */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST$|PORT$|PORT_)/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
