// Access control, built from the settings: which credentials count, as which caller, how often, and for which text.
import { randomUUID } from 'node:crypto';
import { openApiKeys } from './auth/api-keys.js';
import {
  type Authenticator,
  type AuthMethod,
  createAuthenticator,
  type OnAuthProblem,
  REALM,
  type Verdict,
} from './auth/authenticator.js';
import { type ClientAddress, createClientAddress } from './auth/client-address.js';
import { createOperationLimiter, type OperationLimiter } from './auth/operation-limiter.js';
import { ANONYMOUS, type Principal } from './auth/principal.js';
import { loadFile, type Parsed } from './auth/reloaded-file.js';
import type { Config } from './config/config.js';
import { SettingsError } from './config/settings-error.js';
import type { Caller } from './domain/caller.js';
import type { Clock } from './domain/clock.js';
import type { CredentialSource } from './domain/credentials.js';
import type { Report } from './domain/events.js';
import {
  createDocumentGate,
  type DocumentGate,
} from './graphql/trusted-documents/document-gate.js';
import {
  NO_DOCUMENTS,
  parseManifest,
  type TrustedDocuments,
} from './graphql/trusted-documents/manifest.js';
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
  const [apiKeys, jwt, roleMap, documents] = await allOrProblems([
    openKeys(config, parts),
    openTokens(config, parts),
    readRoleMap(config),
    readDocuments(config),
  ]);
  const byName = { 'api-key': apiKeys, jwt };
  const authenticator = createAuthenticator(
    config.auth.methods.map((name) => byName[name]).filter((method) => method !== null),
  );
  const callerOf = roleMap === null ? serviceCaller() : ownCaller(roleMap, parts);
  const perSecond = config.operationsPerSecond;
  return {
    authenticator: ofCallers(authenticator, callerOf),
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

type CallerOf = (principal: Principal) => Verdict<Caller>;

function ofCallers(
  authenticator: Authenticator<Principal>,
  callerOf: CallerOf,
): Authenticator<Caller> {
  const verdictOf = (verdict: Verdict<Principal>) =>
    verdict.kind === 'authenticated' ? callerOf(verdict.identity) : verdict;
  return {
    recall(headers) {
      const verdict = authenticator.recall(headers);
      return verdict && verdictOf(verdict);
    },
    verify: async (headers) => verdictOf(await authenticator.verify(headers)),
  };
}

async function openKeys(
  { auth: { apiKeysFile } }: Config,
  { report, startup }: AdmissionParts,
): Promise<AuthMethod | null> {
  if (apiKeysFile === null) return null;
  const options = { path: apiKeysFile, onProblem: problemReport(report) };
  return startup.start(
    () => orSettingsError('API_KEYS_FILE', openApiKeys(options)),
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
    () => orSettingsError('JWT_JWKS', openJwt(options)),
    (tokens) => tokens.close(),
  );
}

function problemReport(report: Report): OnAuthProblem {
  return (problem, reasons) => report({ type: 'auth_problem', problem, reasons });
}

async function readRoleMap({ identity }: Config): Promise<RoleMap | null> {
  if (identity.kind === 'service') return null;
  return readWhole('PAI_ROLE_MAP', identity.roleMapFile, (text) => {
    const parsed = parseRoleMap(text);
    return parsed.ok ? { ok: true, value: parsed.roleMap } : parsed;
  });
}

async function readDocuments({ trustedDocuments: { file } }: Config): Promise<TrustedDocuments> {
  if (file === null) return NO_DOCUMENTS;
  return readWhole('TRUSTED_DOCUMENTS_FILE', file, (text) => {
    const parsed = parseManifest(text);
    return parsed.ok ? { ok: true, value: parsed.documents } : parsed;
  });
}

async function readWhole<T>(
  setting: string,
  path: string,
  parse: (text: string) => Parsed<T>,
): Promise<T> {
  const loaded = await loadFile({ path, parse });
  if (loaded.ok) return loaded.value;
  throw new SettingsError(loaded.problems.map((problem) => `${setting}: ${problem}`));
}

async function orSettingsError<T>(setting: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'cannot be read';
    throw new SettingsError(reason.split('\n').map((line) => `${setting}: ${line}`));
  }
}

/** Gives all values; else throws one SettingsError with all problems, or the first error of another kind. */
async function allOrProblems<T extends readonly unknown[]>(
  openings: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  const failures = (await Promise.allSettled(openings)).flatMap((outcome): unknown[] =>
    outcome.status === 'rejected' ? [outcome.reason] : [],
  );
  const other = failures.find((failure) => !(failure instanceof SettingsError));
  if (other !== undefined) throw other;
  const problems = failures.flatMap((failure) =>
    failure instanceof SettingsError ? failure.problems : [],
  );
  if (problems.length > 0) throw new SettingsError(problems);
  return Promise.all(openings);
}

/** Reads with the service's keys, narrowed to the workspaces of the caller. */
function serviceCaller(): CallerOf {
  // A remembered credential always gives the same principal object.
  const known = new WeakMap<Principal, Verdict<Caller>>();
  return (principal) => {
    // Each operation has a lane of its own in the queue.
    if (principal === ANONYMOUS) return authenticated({ ...UNKNOWN_CALLER, lane: randomUUID() });
    const verdict = known.get(principal) ?? authenticated(narrowedCaller(principal));
    known.set(principal, verdict);
    return verdict;
  };
}

function narrowedCaller({ client, workspaces }: Principal): Caller {
  const view = workspaces === null ? 'all' : `workspaces ${JSON.stringify(workspaces)}`;
  return { name: client, lane: client, view, workspaces, own: null };
}

const UNKNOWN_CALLER: Caller = { name: null, lane: '', view: 'all', workspaces: null, own: null };

/** Reads with the caller's own keys: PAI decides what the caller may see. */
function ownCaller(roleMap: RoleMap, { keysOf }: AdmissionParts): CallerOf {
  return ({ client, token }) => {
    const roleArn = token === null ? null : roleMap.roleFor(token.claims);
    if (token === null || roleArn === null) {
      return { kind: 'denied', status: 403, challenge: `Bearer ${REALM}`, client };
    }
    const { issuer, subject, expiresAt: tokenExpiresAt } = token;
    const credentials = keysOf({ token: token.token, issuer, subject, roleArn, tokenExpiresAt });
    const [, , , account = ''] = roleArn.split(':');
    const view = `caller ${JSON.stringify([roleArn, issuer, subject])}`;
    const own = { credentials, account };
    return authenticated({ name: client, lane: client, view, workspaces: null, own });
  };
}

function authenticated(identity: Caller): Verdict<Caller> {
  return { kind: 'authenticated', identity };
}
