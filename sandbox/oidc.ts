// OpenID Connect tokens: an issuer of the sandbox's own, without login or discovery, and the check of any token.
import {
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  sign,
  type VerifyKeyObjectInput,
  verify,
} from 'node:crypto';
import { check, type Fields, findProblem, integer } from './checks.js';
import { ApiError } from './http.js';
import { isJsonObject, type JsonObject } from './wire.js';

interface Jwks {
  readonly keys: readonly JsonWebKey[];
}

/** An OIDC issuer as RAM knows it: its tokens are accepted under the ARN of the provider. */
export interface OidcProvider {
  readonly providerArn: string;
  readonly issuer: string;
  /** A token must be for one of these audiences. */
  readonly audience: string | readonly string[];
  readonly jwks: Jwks;
}

export interface MintOptions {
  readonly sub: string;
  /** The value of the claim `tenant`. */
  readonly tenant?: string | undefined;
  /** Further claims, or replacements of those above. */
  readonly claims?: JsonObject | undefined;
  /** 3600 when absent; a negative number makes an expired token. */
  readonly expiresInSeconds?: number | undefined;
}

export interface Issuer extends OidcProvider {
  mintToken(options: MintOptions): string;
}

const KEY_ID = 'sandbox-1';
const LIFETIME_SECONDS = 3600;

export const SANDBOX_PROVIDER = {
  providerArn: 'acs:ram::1000000000000001:oidc-provider/sandbox',
  issuer: 'https://sandbox.example',
  audience: 'pai-model-graph',
} as const;

export function createIssuer(now: () => number): Issuer {
  // Made in a millisecond, whereas an RSA key would take most of the sandbox's start.
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'ES256', use: 'sig' };
  const encodePart = (part: JsonObject): string =>
    Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    ...SANDBOX_PROVIDER,
    jwks: { keys: [jwk] },
    mintToken({ sub, tenant, claims, expiresInSeconds = LIFETIME_SECONDS }) {
      const issuedAt = Math.floor(now() / 1000);
      const { issuer: iss, audience: aud } = SANDBOX_PROVIDER;
      const standard = { iss, aud, sub, iat: issuedAt, exp: issuedAt + expiresInSeconds };
      const header = { alg: 'ES256', typ: 'JWT', kid: KEY_ID };
      const all = { ...standard, ...(tenant !== undefined && { tenant }), ...claims };
      const signedPart = `${encodePart(header)}.${encodePart(all)}`;
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
      return `${signedPart}.${sign('sha256', Buffer.from(signedPart), key).toString('base64url')}`;
    },
  };
}

/** Ten years in either direction: more than a test needs, and always a valid date. */
const LIFETIME_MAX_SECONDS = 315_360_000;

const notEmpty = check((value) => typeof value === 'string' && value !== '', 'a text, not empty');
const MINT_FIELDS: Fields = {
  sub: notEmpty,
  tenant: notEmpty,
  claims: check(isJsonObject, 'an object'),
  expiresInSeconds: integer(
    `an integer from -${LIFETIME_MAX_SECONDS} to ${LIFETIME_MAX_SECONDS}`,
    -LIFETIME_MAX_SECONDS,
    LIFETIME_MAX_SECONDS,
  ),
};

/** Throws ApiError with the first problem of the JSON request for a token. */
export function assertMintOptions(options: unknown): asserts options is MintOptions {
  const problem = isJsonObject(options)
    ? findProblem(options, MINT_FIELDS, ['sub'])
    : 'The body must be an object';
  if (problem !== undefined) throw new ApiError(400, 'InvalidToken', `${problem}.`);
}

interface Jwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signedPart: string;
  readonly signature: Buffer;
}

/** The required key type of each algorithm that STS accepts; it accepts no other algorithm, above all not `none`. */
const KEY_TYPES = new Map<unknown, { readonly kty: string; readonly crv?: string }>([
  ['RS256', { kty: 'RSA' }],
  ['ES256', { kty: 'EC', crv: 'P-256' }],
]);

function decodePart(part: string | undefined): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when the token does not have three parts, or the first two are not JSON objects. */
function parseJwt(token: string): Jwt | undefined {
  const [head, body, signature, ...rest] = token.split('.');
  const header = decodePart(head);
  const claims = decodePart(body);
  if (!header || !claims || signature === undefined || rest.length > 0) return undefined;
  const signedPart = `${head}.${body}`;
  return { header, claims, signedPart, signature: Buffer.from(signature, 'base64url') };
}

function toVerifyKey(jwk: JsonWebKey): VerifyKeyObjectInput {
  // Without dsaEncoding, an ECDSA signature would be read as DER; an RSA key ignores it.
  return { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
}

/** True when a key of the set signed it: the one that the token names, or any when it names none. */
function isSignedBy({ header, signedPart, signature }: Jwt, { keys }: Jwks): boolean {
  const { alg, kid } = header;
  const type = KEY_TYPES.get(alg);
  if (!type) return false;
  return keys
    .filter((jwk) => jwk.kty === type.kty && (type.crv === undefined || jwk.crv === type.crv))
    .filter((jwk) => kid === undefined || jwk.kid === kid)
    .some((jwk) => verify('sha256', Buffer.from(signedPart), toVerifyKey(jwk), signature));
}

const SUBJECT_LENGTH_MAX = 255;

/** The facts about a valid token that the answer of STS contains; times in milliseconds since the epoch. */
export interface TokenInfo {
  readonly subject: string;
  readonly issuer: string;
  readonly clientIds: string;
  readonly issuedAt: number | undefined;
  readonly expiresAt: number;
}

function invalidToken(problem: string): ApiError {
  return new ApiError(400, 'AuthenticationFail.OIDCToken.Invalid', `The OIDC token ${problem}.`);
}

function readTime(claims: JsonObject, name: string): number | undefined {
  const seconds = claims[name];
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function findAudience({ audience }: OidcProvider, { aud }: JsonObject): string | undefined {
  const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const accepted: readonly string[] = typeof audience === 'string' ? [audience] : audience;
  return accepted.find((candidate) => given.includes(candidate));
}

function requireValidTime(claims: JsonObject, now: number): number {
  const expiresAt = readTime(claims, 'exp');
  if (expiresAt === undefined) throw invalidToken('has no exp');
  if (now >= expiresAt) {
    throw new ApiError(400, 'AuthenticationFail.OIDCToken.Expired', 'The OIDC token has expired.');
  }
  const notBefore = readTime(claims, 'nbf');
  if (notBefore !== undefined && now < notBefore) throw invalidToken('is not valid yet');
  return expiresAt;
}

/** Throws ApiError unless a key of the provider signed the token and its claims are valid. */
export function verifyToken(token: string, provider: OidcProvider, now: number): TokenInfo {
  const jwt = parseJwt(token);
  if (!jwt) throw invalidToken('is not a signed JWT');
  if (!isSignedBy(jwt, provider.jwks)) throw invalidToken('is not signed by a key of its provider');
  const { claims } = jwt;
  if (claims.iss !== provider.issuer) throw invalidToken('has another issuer');
  const clientIds = findAudience(provider, claims);
  if (clientIds === undefined) throw invalidToken('is for another audience');
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT_LENGTH_MAX) {
    throw invalidToken('names no subject');
  }
  const expiresAt = requireValidTime(claims, now);
  const issuedAt = readTime(claims, 'iat');
  return { subject: sub, issuer: provider.issuer, clientIds, issuedAt, expiresAt };
}
