// Opens all that the settings name: the upstream with its keys, and the files. The start and the doctor share it, so that
// the doctor names each file that would stop the start.
import { openApiKeys } from './auth/api-keys.js';
import type { AuthMethod } from './auth/authenticator.js';
import type { Jwt } from './auth/jwt.js';
import type { Config } from './config/config.js';
import { allSettings, ofSetting } from './config/settings-error.js';
import type { Event, ReloadedFileKind, Report } from './domain/events.js';
import type { ManifestFile } from './graphql/persisted-documents/manifest.js';
import type { Parsed } from './lib/parsed.js';
import { parseRedisFile, type RedisTarget } from './lib/redis-url.js';
import { openReloadedFile, type Reloaded, readFileOnce } from './lib/reloaded-file.js';
import type { Clock } from './lib/time.js';
import { parseRoleMap, type RoleMap } from './pai/sts/role-map.js';
import { parseCaFile } from './redis/ca-file.js';
import type { Startup } from './startup.js';
import { chooseUpstream } from './upstream.js';

interface InputOptions {
  readonly config: Config;
  readonly report: Report;
  readonly clock: Clock;
  readonly startup: Startup;
}

export type Inputs = Awaited<ReturnType<typeof openInputs>>;

/**
 * Rejects with the problems of all files together. `onRedisTarget` gets the URL of Redis when its file changes.
 * null: no setting names that input.
 */
export async function openInputs(
  options: InputOptions,
  onRedisTarget: (target: RedisTarget) => void,
) {
  const { config, startup, report, clock } = options;
  const { sandboxPort } = config;
  const { target } = config.upstream;
  const { monotonic } = clock;
  const [upstream, redisTarget, redisCa, apiKeys, jwt, roleMap, documents] = await allSettings([
    startup.start(() => chooseUpstream(target, { monotonic, report, sandboxPort })),
    openRedisFile(options, onRedisTarget),
    readCa(config),
    openKeysOfClients(options),
    openTokens(options),
    readRoleMap(config),
    openDocuments(options),
    checkCollectorFiles(config),
  ]);
  return { upstream, redisTarget, redisCa, apiKeys, jwt, roleMap, documents };
}

/** null: the URL is a setting. */
async function openRedisFile(
  { config: { redis }, report, startup }: InputOptions,
  onTarget: (target: RedisTarget) => void,
): Promise<Reloaded<RedisTarget> | null> {
  const path = redis?.targetFile ?? null;
  if (path === null) return null;
  const type = 'file_reload';
  const file = 'redis_url';
  const opening = openReloadedFile({
    path,
    parse: parseRedisFile,
    onReload(target) {
      report({ type, file, outcome: 'OK' });
      onTarget(target);
    },
    onProblem: (reasons) => report({ type, file, outcome: 'INVALID', reasons }),
  });
  return startup.start(() => ofSetting('REDIS_URL_FILE', opening));
}

async function readCa({ redis }: Config): Promise<string | null> {
  const path = redis?.caFile ?? null;
  if (path === null) return null;
  return ofSetting('REDIS_TLS_CA_FILE', readFileOnce({ path, parse: parseCaFile }));
}

async function openKeysOfClients(options: InputOptions): Promise<AuthMethod | null> {
  const { isPublic } = options.config;
  const { apiKeysFile: path } = options.config.auth;
  if (path === null) return null;
  const reports = reportsOf(options, 'api_keys');
  return options.startup.start(() =>
    ofSetting('API_KEYS_FILE', openApiKeys({ path, isPublic, ...reports })),
  );
}

async function openTokens(options: InputOptions): Promise<Jwt | null> {
  const { proxy, memory, auth } = options.config;
  const { jwt } = auth;
  if (jwt === null) return null;
  // Only this method needs the cryptography, so it is loaded here.
  const { openJwt } = await import('./auth/jwt.js');
  const maxBytes = memory.tokens;
  const onAvailable = () => options.report({ type: 'jwks_available' });
  const reports = { ...reportsOf(options, 'jwks'), onAvailable };
  const jwtOptions = { ...jwt, ...options.clock, maxBytes, proxy, ...reports };
  return options.startup.start(() => ofSetting('JWT_JWKS', openJwt(jwtOptions)));
}

function reportsOf({ report }: InputOptions, file: ReloadedFileKind) {
  return {
    onProblem: (problem: Event<'auth_problem'>['problem'], reasons: readonly string[]) =>
      report({ type: 'auth_problem', problem, reasons }),
    onReload: (entries: number) => report({ type: 'file_reload', file, outcome: 'OK', entries }),
  };
}

async function readRoleMap({ identity }: Config): Promise<RoleMap | null> {
  if (identity.kind === 'service') return null;
  const options = { path: identity.roleMapFile, parse: parseRoleMap };
  return ofSetting('PAI_ROLE_MAP', readFileOnce(options));
}

async function openDocuments({
  config,
  report,
  startup,
}: InputOptions): Promise<ManifestFile | null> {
  const { file: path } = config.trustedDocuments;
  if (path === null) return null;
  // The doctor needs no parser of GraphQL without a manifest.
  const { openManifest } = await import('./graphql/persisted-documents/manifest.js');
  const type = 'file_reload';
  const file = 'manifest';
  const opening = openManifest({
    path,
    onReload: (entries) => report({ type, file, outcome: 'OK', entries }),
    onProblem: (reasons) => report({ type, file, outcome: 'INVALID', reasons }),
  });
  return startup.start(() => ofSetting('TRUSTED_DOCUMENTS_FILE', opening));
}

/** The SDK reads them, and would go on without one that it cannot read. */
async function checkCollectorFiles({ traces }: Config): Promise<void> {
  const checks = (traces?.files ?? []).map(({ setting, path }) =>
    ofSetting(setting, readFileOnce({ path, parse: parsePem })),
  );
  await allSettings(checks);
}

function parsePem(text: string): Parsed<string> {
  if (text.includes('-----BEGIN ')) return { ok: true, value: text };
  return { ok: false, problems: ['It must be in PEM.'] };
}
