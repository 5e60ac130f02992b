// The settings in force, each with its value and the source of it, for people and for the log. Secrets are left out.
import type { Config } from './config.js';
import { withProxies } from './parse.js';
import { type Name, SETTINGS, type Setting } from './settings.js';

export interface EffectiveSetting {
  readonly name: string;
  /** null: the setting has no value, and what it is for is off. */
  readonly value: string | null;
  readonly source: 'default' | 'environment' | 'file';
}

const REDACTED = '[redacted]';
const MB = 1024 * 1024;

export function effectiveSettings(given: NodeJS.ProcessEnv, config: Config): EffectiveSetting[] {
  const env = withProxies(given);
  const derived = derivedDefaults(config);
  return Object.entries<Setting>(SETTINGS).map(([name, [, fallback, , secrecy]]) => {
    const text = env[name]?.trim();
    if (text) return { name, value: shown(text, secrecy), source: 'environment' };
    const isInFile = secrecy !== undefined && Boolean(env[`${name}_FILE`]?.trim());
    if (isInFile) return { name, value: REDACTED, source: 'file' };
    return { name, value: fallback ?? derived.get(name) ?? null, source: 'default' };
  });
}

export function settingsAsText(settings: readonly EffectiveSetting[]): string {
  const rows = settings.map(({ name, value, source }) => [name, value ?? '–', source] as const);
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  const lines = rows.map(
    ([name, value, source]) =>
      `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${source}\n`,
  );
  return lines.join('');
}

/** User and password end at the last @; the query and the fragment of a URL may hold keys, too. */
function shown(text: string, secrecy: Setting[3]): string {
  if (secrecy === undefined) return text;
  if (secrecy === 'secret') return REDACTED;
  const [start, end] = [text.indexOf('//') + 2, text.lastIndexOf('@')];
  const hasUser = end >= start && start > 1;
  const withoutUser = hasUser ? text.slice(0, start) + REDACTED + text.slice(end) : text;
  return withoutUser.replace(/[?#].*$/s, (rest) => `${rest.slice(0, 1)}${REDACTED}`);
}

/** The defaults that follow from other settings or from the heap. */
function derivedDefaults(config: Config): ReadonlyMap<string, string> {
  const { playground, auth, operationsPerSecond, memory, redis, upstream } = config;
  const derived: Partial<Record<Name, string>> = {
    PLAYGROUND: String(playground),
    AUTH: auth.methods.join(',') || 'none',
    OPERATIONS_PER_SECOND: String(operationsPerSecond ?? 'unlimited'),
    CACHE_MAX_MB: String(Math.floor(memory.cache / MB)),
    ...(redis && { UPSTREAM_RATE_WITHOUT_REDIS: String(upstream.rateWithoutRedis) }),
  };
  return new Map(Object.entries(derived));
}
