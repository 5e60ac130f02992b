// STS with its one operation AssumeRoleWithOIDC: exchanges a token for temporary keys of a RAM role.
import { createHash, randomBytes } from 'node:crypto';
import {
  ApiError,
  decodeQuery,
  invalidParameter,
  type Parameters,
  type ReceivedRequest,
} from './http.js';
import { type OidcProvider, type TokenInfo, verifyToken } from './oidc.js';
import type { Api } from './request-handler.js';
import { type JsonObject, type SandboxKey, textOf, type WireModel } from './wire.js';

export interface SandboxRole {
  /** acs:ram::<account>:role/<name> */
  readonly arn: string;
  /** The models that its temporary keys may see; all of them when absent. */
  readonly sees?: (model: WireModel) => boolean;
  /** The account whose quota its keys spend; the account of the ARN when absent. */
  readonly account?: string;
  /** ARNs of the OIDC providers that may assume it; those of the account of its ARN when absent. */
  readonly trusts?: readonly string[];
}

const ROLE_ARN = /^acs:ram::(\d{1,20}):role\/[A-Za-z0-9.@_-]{1,64}$/;
const PROVIDER_ARN = /^acs:ram::(\d{1,20}):oidc-provider\/[A-Za-z0-9.@_-]{1,128}$/;

const inWorkspaces = (...ids: readonly string[]) => {
  return (model: WireModel): boolean => ids.includes(textOf(model, 'WorkspaceId'));
};

/** Two tenants without common models; a third workspace of the sample models belongs to neither. */
export const TENANT_ROLES: readonly SandboxRole[] = [
  {
    arn: 'acs:ram::1000000000000001:role/tenant-a',
    // The documented model's workspace is masked in the documentation; it is the same one.
    sees: inWorkspaces('234567', '234**'),
  },
  { arn: 'acs:ram::1000000000000001:role/tenant-b', sees: inWorkspaces('198732') },
];

function isTrusted(role: SandboxRole, providerArn: string): boolean {
  if (role.trusts) return role.trusts.includes(providerArn);
  return ROLE_ARN.exec(role.arn)?.[1] === PROVIDER_ARN.exec(providerArn)?.[1];
}

/** More than any test requests; beyond this number, the oldest are forgotten, as if they had never existed. */
const ISSUED_KEYS_MAX = 10_000;

interface TemporaryKey extends SandboxKey {
  readonly securityToken: string;
  readonly expiresAt: number;
}

/** The temporary keys that STS has issued; they are kept in memory only and end with the sandbox. */
interface IssuedKeys {
  issue(role: SandboxRole, expiresAt: number): TemporaryKey;
  find(keyId: string): TemporaryKey | undefined;
}

export function createIssuedKeys(): IssuedKeys {
  const byId = new Map<string, TemporaryKey>();
  return {
    issue(role, expiresAt) {
      const key: TemporaryKey = {
        id: `STS.${randomBytes(12).toString('hex')}`,
        secret: randomBytes(24).toString('base64url'),
        // Base64 with its + and / and =, as real ones have them.
        securityToken: `CAIS${randomBytes(193).toString('base64')}`,
        account: role.account ?? ROLE_ARN.exec(role.arn)?.[1] ?? role.arn,
        expiresAt,
        ...(role.sees && { sees: role.sees }),
      };
      byId.set(key.id, key);
      for (const oldest of byId.keys()) {
        if (byId.size <= ISSUED_KEYS_MAX) break;
        byId.delete(oldest);
      }
      return key;
    },
    find: (keyId) => byId.get(keyId),
  };
}

const OPERATION = 'AssumeRoleWithOIDC';
const API_VERSION = '2015-04-01';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const SESSION_NAME = /^[A-Za-z0-9.@_-]{2,64}$/;
const TOKEN_LENGTH_MIN = 4;
const TOKEN_LENGTH_MAX = 20_000;
const DURATION_MIN_SECONDS = 900;
const DURATION_MAX_SECONDS = 3600;

/** RPC style: every operation has the same path, which no operation of the registry has. */
export function isStsRequest(method: string | undefined, path: string): boolean {
  return method === 'POST' && path === '/';
}

/** The parameters of the query and, when the body is a form, of the form. */
function parametersOf({ query, headers, body }: ReceivedRequest): Parameters {
  const isForm = headers['content-type']?.split(';')[0]?.trim().toLowerCase() === FORM_TYPE;
  const form = isForm ? Buffer.from(body).toString('utf8') : '';
  return Object.fromEntries([...decodeQuery(query), ...decodeQuery(form)]);
}

function requireOperation({ Action, Version, Format }: Parameters): void {
  if (Version !== API_VERSION) {
    throw new ApiError(400, 'InvalidVersion', `The version is not ${API_VERSION}.`);
  }
  if (Action !== OPERATION) {
    throw new ApiError(404, 'InvalidAction.NotFound', 'The sandbox has no such operation of STS.');
  }
  // The real STS answers in XML unless it is asked for JSON, and the sandbox must not teach clients otherwise.
  if (Format !== 'JSON') throw invalidParameter('Format', 'the sandbox speaks JSON only');
}

function readRequired(query: Parameters, name: string): string {
  const value = query[name];
  if (!value) throw new ApiError(400, `Missing${name}`, `${name} is missing.`);
  return value;
}

function readMatching(query: Parameters, name: string, form: RegExp, expected: string): string {
  const value = readRequired(query, name);
  if (form.test(value)) return value;
  throw invalidParameter(name, expected);
}

function readDuration(query: Parameters): number {
  const text = query.DurationSeconds ?? String(DURATION_MAX_SECONDS);
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < DURATION_MIN_SECONDS || seconds > DURATION_MAX_SECONDS) {
    const range = `${DURATION_MIN_SECONDS} to ${DURATION_MAX_SECONDS}`;
    throw invalidParameter('DurationSeconds', `an integer from ${range}`);
  }
  return seconds;
}

function readToken(query: Parameters): string {
  const token = readRequired(query, 'OIDCToken');
  if (token.length < TOKEN_LENGTH_MIN || token.length > TOKEN_LENGTH_MAX) {
    const range = `${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX}`;
    throw invalidParameter('OIDCToken', `${range} characters`);
  }
  return token;
}

interface StsOptions {
  readonly providers: readonly OidcProvider[];
  readonly roles: readonly SandboxRole[];
  readonly issuedKeys: IssuedKeys;
  readonly now: () => number;
}

interface Session {
  readonly role: SandboxRole;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly token: TokenInfo;
}

/** Checks first the form of all parameters, then the token, then whether the role trusts the provider. */
function authorizeSession(query: Parameters, { providers, roles, now }: StsOptions): Session {
  const arn = 'an ARN of the documented form';
  const sessionForm = '2 to 64 of letters, digits and . @ - _';
  requireOperation(query);
  const providerArn = readMatching(query, 'OIDCProviderArn', PROVIDER_ARN, arn);
  const roleArn = readMatching(query, 'RoleArn', ROLE_ARN, arn);
  const sessionName = readMatching(query, 'RoleSessionName', SESSION_NAME, sessionForm);
  const durationSeconds = readDuration(query);
  const oidcToken = readToken(query);
  const provider = providers.find((candidate) => candidate.providerArn === providerArn);
  if (!provider) {
    throw new ApiError(404, 'EntityNotExist.OIDCProvider', 'The OIDC provider does not exist.');
  }
  const token = verifyToken(oidcToken, provider, now());
  const role = roles.find((candidate) => candidate.arn === roleArn);
  if (!role) throw new ApiError(404, 'EntityNotExist.Role', 'The role does not exist.');
  if (!isTrusted(role, providerArn)) {
    throw new ApiError(403, 'NoPermission', 'The role does not trust this OIDC provider.');
  }
  return { role, sessionName, durationSeconds, token };
}

const wireTime = (time: number): string => new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Digits, identical at every start. */
function roleIdOf({ arn }: SandboxRole): string {
  const digest = createHash('sha256').update(arn).digest('hex').slice(0, 15);
  return `3${BigInt(`0x${digest}`).toString().padStart(17, '0').slice(0, 17)}`;
}

function assumeRole(session: Session, { issuedKeys, now }: StsOptions): JsonObject {
  const { role, sessionName, durationSeconds, token } = session;
  // In whole seconds, like the time that the answer can show.
  const key = issuedKeys.issue(role, (Math.floor(now() / 1000) + durationSeconds) * 1000);
  return {
    AssumedRoleUser: {
      Arn: `${role.arn}/${sessionName}`,
      AssumedRoleId: `${roleIdOf(role)}:${sessionName}`,
    },
    OIDCTokenInfo: {
      Subject: token.subject,
      Issuer: token.issuer,
      ClientIds: token.clientIds,
      ...(token.issuedAt !== undefined && { IssuanceTime: wireTime(token.issuedAt) }),
      ExpirationTime: wireTime(token.expiresAt),
      VerificationInfo: 'Success',
    },
    Credentials: {
      AccessKeyId: key.id,
      AccessKeySecret: key.secret,
      SecurityToken: key.securityToken,
      Expiration: wireTime(key.expiresAt),
    },
  };
}

export function createStsApi(options: StsOptions): Api {
  return {
    product: 'Sts',
    operations: [OPERATION],
    targetOf: () => ({ operation: OPERATION, modelId: '' }),
    parametersOf,
    authorize(request) {
      const session = authorizeSession(parametersOf(request), options);
      const body = () => assumeRole(session, options);
      return { body, bodyOfOtherModel: body };
    },
  };
}
