// AssumeRoleWithOIDC, the only imitated operation of STS: from its parameters to temporary keys.
import { createHash } from 'node:crypto';
import { Refused } from '../answers.js';
import { invalidParameter, type Query } from '../registry/parameters.js';
import type { JsonObject } from '../wire.js';
import type { IssuedKeys } from './issued-keys.js';
import type { OidcProvider } from './issuer.js';
import { accountOfProvider, accountOfRole, isTrusted, type SandboxRole } from './roles.js';
import { type ProvenToken, proveToken } from './token-check.js';

export const ASSUME_ROLE = 'AssumeRoleWithOIDC';

const API_VERSION = '2015-04-01';
const SESSION_NAME = /^[A-Za-z0-9.@_-]{2,64}$/;
const TOKEN_LENGTH_MIN = 4;
const TOKEN_LENGTH_MAX = 20_000;
const DURATION_MIN_SECONDS = 900;
const DURATION_MAX_SECONDS = 3600;

export interface Sts {
  readonly providers: readonly OidcProvider[];
  readonly roles: readonly SandboxRole[];
  readonly issuedKeys: IssuedKeys;
  readonly now: () => number;
}

/** A request that STS grants; each answer to it makes new keys. */
export interface Grant {
  readonly role: SandboxRole;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly token: ProvenToken;
}

function requireOperation({ Action, Version, Format }: Query): void {
  if (Version !== API_VERSION) {
    throw new Refused(400, 'InvalidVersion', `The version is not ${API_VERSION}.`);
  }
  if (Action !== ASSUME_ROLE) {
    throw new Refused(404, 'InvalidAction.NotFound', 'The sandbox has no such operation of STS.');
  }
  // The real STS answers in XML unless it is asked for JSON, and the sandbox must not teach clients otherwise.
  if (Format !== 'JSON') throw invalidParameter('Format', 'the sandbox speaks JSON only');
}

function required(query: Query, name: string): string {
  const value = query[name];
  if (!value) throw new Refused(400, `Missing${name}`, `${name} is missing.`);
  return value;
}

function readDuration(query: Query): number {
  const text = query.DurationSeconds ?? String(DURATION_MAX_SECONDS);
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < DURATION_MIN_SECONDS || seconds > DURATION_MAX_SECONDS) {
    const range = `${DURATION_MIN_SECONDS} to ${DURATION_MAX_SECONDS}`;
    throw invalidParameter('DurationSeconds', `an integer from ${range}`);
  }
  return seconds;
}

function readToken(query: Query): string {
  const token = required(query, 'OIDCToken');
  if (token.length < TOKEN_LENGTH_MIN || token.length > TOKEN_LENGTH_MAX) {
    const range = `${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX}`;
    throw invalidParameter('OIDCToken', `${range} characters`);
  }
  return token;
}

function readArn(query: Query, name: string, account: (arn: string) => string | undefined): string {
  const arn = required(query, name);
  if (account(arn) === undefined) throw invalidParameter(name, 'an ARN of the documented form');
  return arn;
}

function readSessionName(query: Query): string {
  const name = required(query, 'RoleSessionName');
  if (SESSION_NAME.test(name)) return name;
  throw invalidParameter('RoleSessionName', '2 to 64 of letters, digits and . @ - _');
}

/** The parameters of the request that the log may keep. */
export function withoutToken({ OIDCToken, ...others }: Query): Query {
  return others;
}

/** Checks first the form of all parameters, then the token, then whether the role trusts the provider. */
export function grantOf(query: Query, { providers, roles, now }: Sts): Grant {
  requireOperation(query);
  const providerArn = readArn(query, 'OIDCProviderArn', accountOfProvider);
  const roleArn = readArn(query, 'RoleArn', accountOfRole);
  const sessionName = readSessionName(query);
  const durationSeconds = readDuration(query);
  const oidcToken = readToken(query);
  const provider = providers.find((candidate) => candidate.providerArn === providerArn);
  if (!provider) {
    throw new Refused(404, 'EntityNotExist.OIDCProvider', 'The OIDC provider does not exist.');
  }
  const token = proveToken(oidcToken, provider, now());
  const role = roles.find(({ arn }) => arn === roleArn);
  if (!role) throw new Refused(404, 'EntityNotExist.Role', 'The role does not exist.');
  if (!isTrusted(role, providerArn)) {
    throw new Refused(403, 'NoPermission', 'The role does not trust this OIDC provider.');
  }
  return { role, sessionName, durationSeconds, token };
}

const wireTime = (time: number): string => new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Digits, identical at every start. */
function roleIdOf({ arn }: SandboxRole): string {
  const digest = createHash('sha256').update(arn).digest('hex').slice(0, 15);
  return `3${BigInt(`0x${digest}`).toString().padStart(17, '0').slice(0, 17)}`;
}

/** The body of the answer without RequestId. */
export function assumeRole(grant: Grant, { issuedKeys, now }: Sts): JsonObject {
  const { role, sessionName, durationSeconds, token } = grant;
  // In whole seconds, like the time that the answer can show.
  const expiresAt = (Math.floor(now() / 1000) + durationSeconds) * 1000;
  const key = issuedKeys.issue(role, expiresAt);
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
