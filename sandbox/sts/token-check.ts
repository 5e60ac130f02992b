// Decides whether an OIDC token proves its subject to a provider; knows nothing about roles.
import { Refused } from '../answers.js';
import type { JsonObject } from '../wire.js';
import type { OidcProvider } from './issuer.js';
import { isSignedBy, parseJwt } from './jwt.js';

const SUBJECT_LENGTH_MAX = 255;

/** The facts about the token that the answer contains. */
export interface ProvenToken {
  readonly subject: string;
  readonly issuer: string;
  readonly clientIds: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number | undefined;
  readonly expiresAt: number;
}

function invalid(what: string): Refused {
  return new Refused(400, 'AuthenticationFail.OIDCToken.Invalid', `The OIDC token ${what}.`);
}

function timeOf(claims: JsonObject, name: string): number | undefined {
  const seconds = claims[name];
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function audienceOf({ audience }: OidcProvider, { aud }: JsonObject): string | undefined {
  const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const wanted: readonly string[] = typeof audience === 'string' ? [audience] : audience;
  return wanted.find((candidate) => given.includes(candidate));
}

function requireTimely(claims: JsonObject, now: number): number {
  const expiresAt = timeOf(claims, 'exp');
  if (expiresAt === undefined) throw invalid('has no exp');
  if (now >= expiresAt) {
    throw new Refused(400, 'AuthenticationFail.OIDCToken.Expired', 'The OIDC token has expired.');
  }
  const notBefore = timeOf(claims, 'nbf');
  if (notBefore !== undefined && now < notBefore) throw invalid('is not valid yet');
  return expiresAt;
}

export function proveToken(token: string, provider: OidcProvider, now: number): ProvenToken {
  const jwt = parseJwt(token);
  if (!jwt) throw invalid('is not a signed JWT');
  if (!isSignedBy(jwt, provider.jwks)) throw invalid('is not signed by a key of its provider');
  const { claims } = jwt;
  if (claims.iss !== provider.issuer) throw invalid('has another issuer');
  const clientIds = audienceOf(provider, claims);
  if (clientIds === undefined) throw invalid('is for another audience');
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT_LENGTH_MAX) {
    throw invalid('names no subject');
  }
  const expiresAt = requireTimely(claims, now);
  const issuedAt = timeOf(claims, 'iat');
  return { subject: sub, issuer: provider.issuer, clientIds, issuedAt, expiresAt };
}
