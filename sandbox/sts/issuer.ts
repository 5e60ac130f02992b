// The sandbox's own OIDC issuer: a key pair made at start, and tokens for any client; no login, no discovery.
import { generateKeyPairSync } from 'node:crypto';
import type { JsonObject } from '../wire.js';
import { type Jwks, signJwt } from './jwt.js';

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
  return {
    ...SANDBOX_PROVIDER,
    jwks: { keys: [jwk] },
    mintToken({ sub, tenant, claims, expiresInSeconds = LIFETIME_SECONDS }) {
      const issuedAt = Math.floor(now() / 1000);
      const standard = {
        iss: SANDBOX_PROVIDER.issuer,
        aud: SANDBOX_PROVIDER.audience,
        sub,
        iat: issuedAt,
        exp: issuedAt + expiresInSeconds,
        ...(tenant !== undefined && { tenant }),
      };
      const header = { alg: 'ES256', typ: 'JWT', kid: KEY_ID };
      return signJwt(header, { ...standard, ...claims }, privateKey);
    },
  };
}
