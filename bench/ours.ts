// How this project's own server is started for a row: its settings in one table, and nothing about the measurements.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Launch } from './child.js';

/** `default`: as it starts, ages and log included. */
export type Mode = 'executed' | 'memoised' | 'cold' | 'default';

const BUILT = 'dist/main.js';
export const API_KEY = 'bench-key';

const ALWAYS = {
  PORT: '0',
  LOG_LEVEL: 'warn',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'bench',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'bench-secret',
  UPSTREAM_RATE_PER_SECOND: '10000',
  UPSTREAM_CONCURRENCY: '1000',
  UPSTREAM_CALLS_PER_OPERATION: '2000',
  OPERATIONS_PER_SECOND: '1000000',
  UPSTREAM_LIST_BATCHING: 'off',
  CACHE_MAX_MB: '256',
  COMPILED_OPERATIONS: 'on',
};

const BY_MODE: Readonly<Record<Mode, Readonly<Record<string, string>>>> = {
  executed: { CACHE_TTL_SECONDS: '3600', RESPONSE_CACHE: 'off' },
  memoised: { CACHE_TTL_SECONDS: '3600', RESPONSE_CACHE: 'on' },
  cold: { CACHE_TTL_SECONDS: '0', RESPONSE_CACHE: 'off' },
  default: { LOG_LEVEL: 'info' },
};

function accessControl(): Record<string, string> {
  const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'api-keys.json');
  const sha256 = createHash('sha256').update(API_KEY).digest('hex');
  writeFileSync(file, JSON.stringify([{ client: 'bench', sha256 }]));
  return { AUTH: 'api-key', API_KEYS_FILE: file };
}

export const isBuilt = existsSync(BUILT);

/** The arguments of `node`: the build where it exists, else the sources. */
export const entry = isBuilt ? [BUILT] : ['--import', 'tsx', 'src/main.ts'];

export function launchOurs(
  mode: Mode,
  upstreamUrl: string,
  more: Readonly<Record<string, string>> = {},
): Omit<Launch, 'core'> {
  const env = { ...ALWAYS, ...BY_MODE[mode], ...accessControl(), PAI_ENDPOINT: upstreamUrl };
  return { args: entry, env: { ...env, ...more } };
}
