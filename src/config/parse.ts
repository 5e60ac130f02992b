// Parses the environment that it is given: a Config, or all problems together, none of which repeats a value.
import { access, constants } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import { type Config, toConfig } from './config.js';
import { type Environment, isGiven, readGiven } from './environment.js';
import { isUrl } from './forms.js';
import { misspeltNames } from './misspelt.js';
import { contradictions, settingsWithoutEffect, type Values } from './rules.js';
import { SETTINGS, type Setting } from './settings.js';

export type ParsedConfig = (
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] }
) & {
  /** Settings that are doubtful but may be intended; where there are problems, possible causes of them. */
  readonly warnings: readonly string[];
};

export function parseConfig(
  env: Environment,
  heapLimitBytes = getHeapStatistics().heap_size_limit,
): ParsedConfig {
  const problems: string[] = [];
  const warnings: string[] = [];
  const entries = Object.entries<Setting>(SETTINGS).map(([name, { form, fallback }]) => {
    const given = readGiven(env, name);
    if (given.kind === 'unusable') {
      problems.push(given.problem);
      return [name, undefined];
    }
    if (given.warning !== undefined) warnings.push(given.warning);
    const text = given.kind === 'given' ? given.text : fallback;
    if (text === undefined) return [name, undefined];
    const parsed = form.safeParse(text);
    if (!parsed.success) problems.push(`${name} must be ${form.description}.`);
    return [name, parsed.data];
  });
  const values: Values = Object.fromEntries(entries);
  const isSet = (name: string) => isGiven(env, name);
  problems.push(...contradictions(isSet, values));
  warnings.push(...settingsWithoutEffect(isSet, values), ...keysOfTheSandbox(env, values));
  warnings.push(...misspeltNames(env));
  return problems.length > 0
    ? { ok: false, problems, warnings }
    : { ok: true, config: toConfig(values, heapLimitBytes), warnings };
}

/** The credential chain reads more names than there are settings. */
const CREDENTIALS = /^ALIBABA_CLOUD_[A-Z_]{1,64}$/;

function keysOfTheSandbox(env: Environment, { SANDBOX }: Values): string[] {
  const isPai = isGiven(env, 'PAI_REGION') || isGiven(env, 'PAI_ENDPOINT');
  if (isPai || SANDBOX === true) return [];
  const name = Object.keys(env).find((key) => CREDENTIALS.test(key) && isGiven(env, key));
  if (name === undefined) return [];
  return [
    `${name} has no effect without PAI_REGION or PAI_ENDPOINT: models come from the embedded sandbox.`,
  ];
}

const FILES = ['API_KEYS_FILE', 'JWT_JWKS', 'PAI_ROLE_MAP', 'TRUSTED_DOCUMENTS_FILE'] as const;

/**
 * Adds the files that cannot be read, which otherwise show only at a second start, after the settings are corrected.
 * The parts that use the files check their content.
 */
export async function withUnreadableFiles(
  parsed: ParsedConfig,
  env: Environment,
): Promise<ParsedConfig> {
  const unreadable = (await Promise.all(FILES.map((name) => problemOfFile(env, name)))).flat();
  if (unreadable.length === 0) return parsed;
  const problems = [...(parsed.ok ? [] : parsed.problems), ...unreadable];
  return { ok: false, problems, warnings: parsed.warnings };
}

async function problemOfFile(env: Environment, name: string): Promise<string[]> {
  const given = readGiven(env, name);
  if (given.kind !== 'given' || isUrl(given.text)) return [];
  try {
    await access(given.text, constants.R_OK);
    return [];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return [`${name}: It could not be read (${code}).`];
  }
}
