// The upper half's doorkeepers, joined from the settings: who may ask, as whom, how often, and what text.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openApiKeys } from './auth/api-keys.js';
import {
  type AuthMethod,
  createAuthenticator,
  type Denial,
  type Headers,
  isDenial,
  type OnAuthProblem,
  REALM,
} from './auth/authenticator.js';
import { createOperationLimiter, type OperationLimiter } from './auth/operation-limiter.js';
import { ANONYMOUS, type Principal } from './auth/principal.js';
import { type Config, SettingsError } from './config/types.js';
import type { Caller } from './domain/caller.js';
import type { CredentialSource } from './domain/credentials.js';
import type { Report } from './domain/events.js';
import { type MaybePromise, whenThere } from './domain/maybe-promise.js';
import {
  createDocumentGate,
  type DocumentGate,
} from './graphql/trusted-documents/document-gate.js';
import { NO_DOCUMENTS, parseManifest } from './graphql/trusted-documents/manifest.js';
import { loadRoleMap, type RoleMap } from './pai/sts/role-map.js';
import type { CallerToken } from './pai/sts/token-exchange.js';
import type { RedisConnection } from './redis/connection.js';

export interface Admission {
  authenticate(headers: Headers): MaybePromise<Caller | Denial>;
  /** null: off. */
  readonly limiter: OperationLimiter | null;
  readonly gate: DocumentGate;
  close(): void;
}

export interface AdmissionParts {
  readonly redis: RedisConnection | null;
  readonly report: Report;
  readonly now: () => number;
  /** The keys of a caller's own role. */
  readonly keysOf: (caller: CallerToken) => CredentialSource;
}

export async function openAdmission(config: Config, parts: AdmissionParts): Promise<Admission> {
  const { redis, report } = parts;
  const methods = await openMethods(config, parts);
  const authenticate = createAuthenticator(methods);
  const roleMap = await openRoleMap(config);
  const callerOf = roleMap === null ? serviceCaller() : ownCaller(roleMap, parts);
  const perSecond = config.operationsPerSecond;
  return {
    authenticate: (headers) =>
      whenThere(authenticate(headers), (outcome) =>
        isDenial(outcome) ? outcome : callerOf(outcome),
      ),
    limiter: perSecond === null ? null : createOperationLimiter({ perSecond, redis }),
    gate: await openGate(config, report),
    close() {
      for (const method of methods) method.close();
    },
  };
}

type OpenMethod = AuthMethod & { close(): void };
type CallerOf = (principal: Principal) => Caller | Denial;

async function openMethods(config: Config, { report, now }: AdmissionParts): Promise<OpenMethod[]> {
  const onProblem: OnAuthProblem = (problem, reasons) =>
    report({ type: 'auth_problem', problem, reasons });
  const { methods, apiKeysFile, jwt } = config.auth;
  const opened: OpenMethod[] = [];
  for (const method of methods) {
    if (method === 'api-key' && apiKeysFile !== null) {
      const open = openApiKeys({ path: apiKeysFile, onProblem });
      opened.push(await orSettingsError('API_KEYS_FILE', open));
    }
    if (method === 'jwt' && jwt !== null) {
      // Only here is its cryptography needed.
      const { openJwt } = await import('./auth/jwt.js');
      opened.push(await orSettingsError('JWT_JWKS', openJwt({ ...jwt, onProblem, now })));
    }
  }
  return opened;
}

async function openRoleMap({ identity }: Config): Promise<RoleMap | null> {
  if (identity.kind === 'service') return null;
  return orSettingsError('PAI_ROLE_MAP', loadRoleMap(identity.roleMapFile));
}

async function openGate({ trustedDocuments }: Config, report: Report): Promise<DocumentGate> {
  const { mode, file } = trustedDocuments;
  return createDocumentGate({
    mode,
    documents: file === null ? NO_DOCUMENTS : await readManifest(file),
    onUntrusted: ({ hash, operationName }) =>
      report({ type: 'untrusted_document', hash, operationName }),
  });
}

async function readManifest(file: string) {
  const text = await orSettingsError('TRUSTED_DOCUMENTS_FILE', readFile(file, 'utf8'));
  const parsed = parseManifest(text);
  if (parsed.ok) return parsed.documents;
  throw new SettingsError(parsed.problems.map((problem) => `TRUSTED_DOCUMENTS_FILE: ${problem}`));
}

async function orSettingsError<T>(setting: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'cannot be read';
    throw new SettingsError([`${setting}: ${reason}`]);
  }
}

/** Seen with the service's keys, through the workspaces of the caller. */
function serviceCaller(): CallerOf {
  // An API key has one principal, which comes again with each request.
  const known = new WeakMap<Principal, Caller>();
  return (principal) => {
    const { client, workspaces } = principal;
    const caller = known.get(principal) ?? {
      name: client,
      lane: client,
      view: workspaces === null ? 'all' : `workspaces ${JSON.stringify(workspaces)}`,
      workspaces,
      own: null,
    };
    known.set(principal, caller);
    // Each operation takes its own turn.
    return principal === ANONYMOUS ? { ...caller, name: null, lane: randomUUID() } : caller;
  };
}

/** Seen with the caller's own keys: PAI decides. */
function ownCaller(roleMap: RoleMap, { keysOf }: AdmissionParts): CallerOf {
  return ({ client, token }) => {
    const roleArn = token === null ? null : roleMap.roleFor(token.claims);
    if (token === null || roleArn === null) {
      return { status: 403, challenge: `Bearer ${REALM}` };
    }
    const { issuer, subject, expiresAt: tokenExpiresAt } = token;
    const credentials = keysOf({ token: token.token, issuer, subject, roleArn, tokenExpiresAt });
    const [, , , account = ''] = roleArn.split(':');
    const view = `caller ${JSON.stringify([roleArn, issuer, subject])}`;
    return { name: client, lane: client, view, workspaces: null, own: { credentials, account } };
  };
}
