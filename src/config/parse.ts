// Parses the environment that it is given: a Config, or all problems together, none of which repeats a value.
import { access, constants } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import { unreadableFile } from '../lib/system-error.js';
import { type Config, toConfig } from './config.js';
import { isUrl } from './forms.js';
import { misspeltNames, PROXY_NAMES } from './misspelt.js';
import { contradictions, hasTraces, settingsWithoutEffect } from './rules.js';
import { FILE_SETTINGS, SETTINGS, type Setting, type Values } from './settings.js';

export type ParsedConfig = (
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] }
) & {
  /** Settings that are doubtful but may be intended; where there are problems, possible causes of them. */
  readonly warnings: readonly string[];
};

export function parseConfig(
  given: NodeJS.ProcessEnv,
  heapLimitBytes = getHeapStatistics().heap_size_limit,
): ParsedConfig {
  const env = withProxies(given);
  const parsed = Object.entries<Setting>(SETTINGS).map(([name, setting]) =>
    parseSetting(name, setting, env[name]),
  );
  // The forms in the table are the types of the values.
  const values = Object.fromEntries(parsed.map(({ name, value }) => [name, value])) as Values;
  const has = (name: string) => Boolean(env[name]?.trim());
  const state = { ...values, has };
  // The variables of OpenTelemetry may be set for other programs of the machine.
  const read = parsed.filter(({ name }) => hasTraces(state) || !name.startsWith('OTEL_'));
  const problems = [...read.flatMap(({ problem = [] }) => problem), ...contradictions(state)];
  const warnings = [
    ...read.flatMap(({ warning = [] }) => warning),
    ...settingsWithoutEffect(state),
    ...keysOfTheSandbox(env, state),
    ...misspeltNames(env),
  ];
  return problems.length > 0
    ? { ok: false, problems, warnings }
    : { ok: true, config: toConfig(values, heapLimitBytes), warnings };
}

/** Programs read these names in both cases; where both are set, lower case counts, as in curl and Node. */
export function withProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const lower = PROXY_NAMES.flatMap((name): [string, string][] => {
    const value = env[name.toLowerCase()];
    return value ? [[name, value]] : [];
  });
  return { ...env, ...Object.fromEntries(lower) };
}

interface ParsedSetting {
  readonly name: string;
  readonly value?: unknown;
  readonly problem?: string;
  readonly warning?: string;
}

/** `docker run --env-file` keeps quotes that a shell removes. */
const QUOTE_AT_AN_END = /^["'`“”‘’]|["'`“”‘’]$/;
/** White space around a key is a copying error, and other code that reads the same variable keeps it. */
const READ_BY_OTHERS = /^(ALIBABA_CLOUD|OTEL)_/;

function parseSetting(name: string, [form, fallback]: Setting, whole = ''): ParsedSetting {
  // An empty or blank value counts as not set.
  const given = whole.trim();
  if (QUOTE_AT_AN_END.test(given)) {
    return { name, problem: `${name} is in quotes: leave them out.` };
  }
  const hasSpace = given !== whole;
  if (given !== '' && hasSpace && READ_BY_OTHERS.test(name)) {
    return { name, problem: `${name} has white space around it.` };
  }
  const parsed = parseText(name, form, given || fallback);
  if (!hasSpace) return parsed;
  const said = given
    ? 'has white space around it, which is left out'
    : 'is blank: it counts as not set';
  return { ...parsed, warning: `${name} ${said}.` };
}

function parseText(name: string, form: Setting[0], text: string | null): ParsedSetting {
  if (text === null) return { name };
  const { success, data: value } = form.safeParse(text);
  return success ? { name, value } : { name, problem: `${name} must be ${form.description}.` };
}

/** The credential chain reads more names than there are settings. */
const CREDENTIALS = /^ALIBABA_CLOUD_[A-Z_]{1,64}$/;

function keysOfTheSandbox(
  env: NodeJS.ProcessEnv,
  { has, SANDBOX }: Values & { readonly has: (name: string) => boolean },
): string[] {
  if (has('PAI_REGION') || has('PAI_ENDPOINT') || SANDBOX === true) return [];
  const name = Object.keys(env).find((key) => CREDENTIALS.test(key) && has(key));
  if (name === undefined) return [];
  return [
    `${name} has no effect without PAI_REGION or PAI_ENDPOINT: models come from the embedded sandbox.`,
  ];
}

/**
 * Adds the files that cannot be read, which otherwise show only at a second start, after the settings are corrected.
 * The parts that use the files check their content.
 */
export async function withUnreadableFiles(
  parsed: ParsedConfig,
  env: NodeJS.ProcessEnv,
): Promise<ParsedConfig> {
  const unreadable = (
    await Promise.all(FILE_SETTINGS.map((name) => problemOfFile(env, name)))
  ).flat();
  if (unreadable.length === 0) return parsed;
  const problems = [...(parsed.ok ? [] : parsed.problems), ...unreadable];
  return { ok: false, problems, warnings: parsed.warnings };
}

async function problemOfFile(env: NodeJS.ProcessEnv, name: string): Promise<string[]> {
  const path = env[name]?.trim() ?? '';
  if (path === '' || QUOTE_AT_AN_END.test(path) || isUrl(path)) return [];
  try {
    await access(path, constants.R_OK);
    return [];
  } catch (error) {
    return [`${name}: ${unreadableFile(error)}`];
  }
}
