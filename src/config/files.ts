// Checks that the files that settings name can be read. The parts that use the files check their content.
import { access, constants } from 'node:fs/promises';
import type { ParsedConfig } from '../config.js';
import { isUrl } from '../settings/forms.js';
import { type Environment, readGiven } from './given.js';

const FILES = ['API_KEYS_FILE', 'JWT_JWKS', 'PAI_ROLE_MAP', 'TRUSTED_DOCUMENTS_FILE'] as const;

/** Finds problems that would otherwise show only at a second start, after the settings are corrected. */
export async function withUnreadableFiles(
  parsed: ParsedConfig,
  env: Environment,
): Promise<ParsedConfig> {
  const unreadable = await unreadableFiles(env);
  if (unreadable.length === 0) return parsed;
  const problems = [...(parsed.ok ? [] : parsed.problems), ...unreadable];
  return { ok: false, problems, warnings: parsed.warnings };
}

async function unreadableFiles(env: Environment): Promise<string[]> {
  const problems = await Promise.all(
    FILES.map((name) => problemOf(name, readGiven(env, name).text)),
  );
  return problems.flat();
}

async function problemOf(name: string, path: string | undefined): Promise<string[]> {
  if (path === undefined || isUrl(path)) return [];
  try {
    await access(path, constants.R_OK);
    return [];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return [`${name}: It could not be read (${code}).`];
  }
}
