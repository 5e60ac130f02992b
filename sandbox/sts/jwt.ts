// JSON Web Tokens as text: splits, signs and checks signatures; checks no claim.
import {
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  type VerifyKeyObjectInput,
  verify,
} from 'node:crypto';
import { isJsonObject, type JsonObject } from '../wire.js';

export interface Jwks {
  readonly keys: readonly JsonWebKey[];
}

export interface Jwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signedPart: string;
  readonly signature: Buffer;
}

/** The required key type of each algorithm that STS accepts; it accepts no other algorithm, above all not `none`. */
const KEY_FORMS: Readonly<Record<string, { readonly kty: string; readonly crv?: string }>> = {
  RS256: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
};

function decodePart(part: string | undefined): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: the token does not have three parts, or the first two are not JSON objects. */
export function parseJwt(token: string): Jwt | undefined {
  const [head, body, signature, ...rest] = token.split('.');
  const header = decodePart(head);
  const claims = decodePart(body);
  if (!header || !claims || signature === undefined || rest.length > 0) return undefined;
  return {
    header,
    claims,
    signedPart: `${head}.${body}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

export function signJwt(header: JsonObject, claims: JsonObject, privateKey: KeyObject): string {
  const parts = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signedPart = parts.join('.');
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
  return `${signedPart}.${sign('sha256', Buffer.from(signedPart), key).toString('base64url')}`;
}

function asVerifyKey(jwk: JsonWebKey): VerifyKeyObjectInput {
  // Without dsaEncoding, an ECDSA signature would be read as DER; an RSA key ignores it.
  return { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
}

/** True when a key of the set signed it: the one that the token names, or any when it names none. */
export function isSignedBy(jwt: Jwt, jwks: Jwks): boolean {
  const { alg, kid } = jwt.header;
  const form =
    typeof alg === 'string' && Object.hasOwn(KEY_FORMS, alg) ? KEY_FORMS[alg] : undefined;
  if (!form) return false;
  const signed = Buffer.from(jwt.signedPart);
  return jwks.keys
    .filter((jwk) => jwk.kty === form.kty && (form.crv === undefined || jwk.crv === form.crv))
    .filter((jwk) => kid === undefined || jwk.kid === kid)
    .some((jwk) => verify('sha256', signed, asVerifyKey(jwk), jwt.signature));
}
