// Access control, built from the settings: which credentials count, as which caller, how often, and for which text.
import { openApiKeys } from './auth/api-keys.js';
import {
  type Authenticator,
  type AuthMethod,
  createAuthenticator,
  type OnAuthProblem,
} from './auth/authenticator.js';
import { roleCallers, serviceCaller } from './auth/callers.js';
import { type ClientAddress, createClientAddress } from './auth/client-address.js';
import { createOperationLimiter, type OperationLimiter } from './auth/operation-limiter.js';
import { readFileOnce } from './auth/reloaded-file.js';
import type { Config } from './config/config.js';
import { allSettings, ofSetting } from './config/settings-error.js';
import type { Caller } from './domain/caller.js';
import type { Clock } from './domain/clock.js';
import type { CredentialSource } from './domain/credentials.js';
import type { Report } from './domain/events.js';
import {
  createDocumentGate,
  type DocumentGate,
} from './graphql/persisted-documents/document-gate.js';
import {
  NO_DOCUMENTS,
  parseManifest,
  type TrustedDocuments,
} from './graphql/persisted-documents/manifest.js';
import { parseRoleMap, type RoleMap } from './pai/sts/role-map.js';
import type { CallerToken } from './pai/sts/token-exchange.js';
import type { Redis } from './redis/redis.js';
import type { Startup } from './startup.js';

export interface Admission {
  readonly authenticator: Authenticator<Caller>;
  readonly addressOf: ClientAddress;
  /** null: off. */
  readonly limiter: OperationLimiter | null;
  readonly gate: DocumentGate;
  /** The methods, and for each whether the last read of its keys succeeded. */
  readiness(): Readonly<Record<string, string>>;
}

export interface AdmissionParts {
  readonly redis: Redis | null;
  readonly report: Report;
  readonly clock: Clock;
  /** The keys of a caller's own role. */
  readonly keysOf: (caller: CallerToken) => CredentialSource;
  readonly startup: Startup;
}

/** Rejects with the problems of all files together. */
export async function openAdmission(config: Config, parts: AdmissionParts): Promise<Admission> {
  const { redis, report, clock } = parts;
  const { monotonic } = clock;
  const [apiKeys, jwt, roleMap, documents] = await allSettings([
    openKeys(config, parts),
    openTokens(config, parts),
    readRoleMap(config),
    readDocuments(config),
  ]);
  const byName = { 'api-key': apiKeys, jwt };
  const authenticator = createAuthenticator(
    config.auth.methods.map((name) => byName[name]).filter((method) => method !== null),
    roleMap === null ? serviceCaller : roleCallers({ ...roleMap, keysOf: parts.keysOf }),
  );
  const perSecond = config.operationsPerSecond;
  return {
    authenticator,
    addressOf: createClientAddress(config.trustedProxies),
    limiter:
      perSecond === null
        ? null
        : createOperationLimiter({ perSecond, redis: redis?.quota ?? null, monotonic }),
    gate: createDocumentGate({
      mode: config.trustedDocuments.mode,
      documents,
      onUntrusted: ({ hash, operationName }) =>
        report({ type: 'untrusted_document', hash, operationName }),
    }),
    readiness: () => ({
      auth: config.auth.methods.join(',') || 'none',
      ...(apiKeys && { apiKeys: apiKeys.status() }),
      ...(jwt && { jwks: jwt.status() }),
    }),
  };
}

async function openKeys(
  { auth: { apiKeysFile } }: Config,
  { report, startup }: AdmissionParts,
): Promise<AuthMethod | null> {
  if (apiKeysFile === null) return null;
  const options = { path: apiKeysFile, onProblem: problemReport(report) };
  return startup.start(
    () => ofSetting('API_KEYS_FILE', openApiKeys(options)),
    (keys) => keys.close(),
  );
}

async function openTokens(
  { auth: { jwt }, memory }: Config,
  { report, clock, startup }: AdmissionParts,
): Promise<AuthMethod | null> {
  if (jwt === null) return null;
  // Only this method needs the cryptography, so it is loaded here.
  const { openJwt } = await import('./auth/jwt.js');
  const options = { ...jwt, ...clock, maxBytes: memory.tokens, onProblem: problemReport(report) };
  return startup.start(
    () => ofSetting('JWT_JWKS', openJwt(options)),
    (tokens) => tokens.close(),
  );
}

function problemReport(report: Report): OnAuthProblem {
  return (problem, reasons) => report({ type: 'auth_problem', problem, reasons });
}

async function readRoleMap({ identity }: Config): Promise<RoleMap | null> {
  if (identity.kind === 'service') return null;
  const parse = (text: string) => {
    const parsed = parseRoleMap(text);
    return parsed.ok ? { ok: parsed.ok, value: parsed.roleMap } : parsed;
  };
  return ofSetting('PAI_ROLE_MAP', readFileOnce({ path: identity.roleMapFile, parse }));
}

async function readDocuments({ trustedDocuments: { file } }: Config): Promise<TrustedDocuments> {
  if (file === null) return NO_DOCUMENTS;
  const parse = (text: string) => {
    const parsed = parseManifest(text);
    return parsed.ok ? { ok: parsed.ok, value: parsed.documents } : parsed;
  };
  return ofSetting('TRUSTED_DOCUMENTS_FILE', readFileOnce({ path: file, parse }));
}
