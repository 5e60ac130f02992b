// Verifies signatures (ACS3-HMAC-SHA256) as PAI's gateway does, with the same error codes. It shares no code
// with any client, so that it is an independent check of them.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError, decodeQuery, type ReceivedRequest } from './http.js';
import type { SandboxKey } from './wire.js';

const API_VERSION = '2021-02-04';
const DATE_TOLERANCE_MS = 15 * 60_000;
/** Longer than a date is accepted, so that a forgotten nonce cannot be replayed. */
const NONCE_LIFETIME_MS = 30 * 60_000;
const AUTHORIZATION =
  /^ACS3-HMAC-SHA256 Credential=([^,\s]+),SignedHeaders=([^,\s]+),Signature=([0-9a-f]+)$/;
const SIGNATURE_LENGTH = 64;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const REQUIRED_HEADERS = [
  'host',
  'x-acs-action',
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
];

interface NonceStore {
  /** False when this key has used the nonce before. */
  use(keyId: string, nonce: string, now: number): boolean;
}

export function createNonceStore(): NonceStore {
  const usedAt = new Map<string, number>();
  const removeExpired = (now: number): void => {
    // A Map keeps the order of insertion, so the oldest come first.
    for (const [entry, at] of usedAt) {
      if (now - at <= NONCE_LIFETIME_MS) return;
      usedAt.delete(entry);
    }
  };
  return {
    use(keyId, nonce, now) {
      removeExpired(now);
      const entry = `${keyId} ${nonce}`;
      if (usedAt.has(entry)) return false;
      usedAt.set(entry, now);
      return true;
    },
  };
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const compareText = (left: string, right: string): number =>
  left < right ? -1 : Number(left > right);

/** Decoded and encoded again: the official client sends ! ' ( ) * unescaped, but signs them escaped. */
function canonicalQuery(wireQuery: string): string {
  return decodeQuery(wireQuery)
    .sort((left, right) => compareText(left[0], right[0]) || compareText(left[1], right[1]))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

export function canonicalRequest(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
): string {
  const headerLines = signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim()}\n`,
  );
  return [
    request.method,
    // Not decoded: the official client signs exactly the path that it sends.
    request.path,
    canonicalQuery(request.query),
    headerLines.join(''),
    signedHeaders.join(';'),
    sha256Hex(request.body),
  ].join('\n');
}

export function expectedSignature(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
  secret: string,
): string {
  const digest = sha256Hex(canonicalRequest(request, signedHeaders));
  return createHmac('sha256', secret).update(`ACS3-HMAC-SHA256\n${digest}`).digest('hex');
}

interface Authorization {
  readonly keyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(value: string | undefined): Authorization {
  if (value === undefined) throw new ApiError(400, 'MissingParameter', 'Authorization is missing.');
  const [, keyId, names, signature] = AUTHORIZATION.exec(value) ?? [];
  if (keyId === undefined || names === undefined || signature?.length !== SIGNATURE_LENGTH) {
    throw new ApiError(400, 'IncompleteSignature', 'Authorization is not of the form of ACS3.');
  }
  return { keyId, signedHeaders: names.split(';'), signature };
}

/** The key id that the request claims, unverified; '' when it claims none. */
export function claimedKeyId(authorization: string | undefined): string {
  return AUTHORIZATION.exec(authorization ?? '')?.[1] ?? '';
}

function requireSignedHeaders(request: ReceivedRequest, signedHeaders: readonly string[]): void {
  const sorted = [...new Set(signedHeaders)].sort();
  if (sorted.join(';') !== signedHeaders.join(';')) {
    throw new ApiError(400, 'IncompleteSignature', 'SignedHeaders are not sorted or not unique.');
  }
  const absent = signedHeaders.find((name) => request.headers[name] === undefined);
  if (absent !== undefined) {
    throw new ApiError(400, 'IncompleteSignature', `The signed header ${absent} was not sent.`);
  }
  const mustBeSigned = (name: string): boolean =>
    name === 'host' ||
    name.startsWith('x-acs-') ||
    (name === 'content-type' && request.body.length > 0);
  const unsigned = Object.keys(request.headers).find(
    (name) => mustBeSigned(name) && !signedHeaders.includes(name),
  );
  if (unsigned !== undefined) {
    throw new ApiError(400, 'IncompleteSignature', `The header ${unsigned} is not signed.`);
  }
}

function requireAction(headers: ReceivedRequest['headers'], action: string): void {
  if (headers['x-acs-version'] !== API_VERSION) {
    throw new ApiError(400, 'InvalidVersion', `The version is not ${API_VERSION}.`);
  }
  if (headers['x-acs-action'] !== action) {
    const message = 'x-acs-action is not the operation of this method and path.';
    throw new ApiError(404, 'InvalidAction.NotFound', message);
  }
}

function requireFreshDate(date: string, now: number): void {
  const time = DATE.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new ApiError(400, 'InvalidTimeStamp.Format', 'x-acs-date is not yyyy-MM-ddTHH:mm:ssZ.');
  }
  if (Math.abs(now - time) > DATE_TOLERANCE_MS) {
    throw new ApiError(400, 'InvalidTimeStamp.Expired', 'x-acs-date is over 15 minutes off.');
  }
}

function requireSecurityToken(key: SandboxKey, token: string | undefined, now: number): void {
  const { securityToken, expiresAt } = key;
  if (token !== securityToken) {
    if (token !== undefined && securityToken !== undefined) {
      throw new ApiError(400, 'InvalidSecurityToken.Malformed', 'The security token is wrong.');
    }
    const message = 'The security token does not belong to this access key.';
    throw new ApiError(400, 'InvalidSecurityToken.MismatchWithAccessKey', message);
  }
  if (expiresAt !== undefined && now >= expiresAt) {
    throw new ApiError(400, 'InvalidSecurityToken.Expired', 'The security token has expired.');
  }
}

function requireSignature(request: ReceivedRequest, sent: Authorization, secret: string): void {
  if (request.headers['x-acs-content-sha256'] !== sha256Hex(request.body)) {
    throw new ApiError(400, 'SignatureDoesNotMatch', 'x-acs-content-sha256 is not of this body.');
  }
  const expected = expectedSignature(request, sent.signedHeaders, secret);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(sent.signature))) {
    const message = 'The signature is not the one that the sandbox calculated.';
    throw new ApiError(400, 'SignatureDoesNotMatch', message);
  }
}

export interface Verification {
  readonly keys: readonly SandboxKey[];
  readonly now: number;
  readonly nonces: NonceStore;
  /** The operation of method and path. */
  readonly action: string;
}

/** Returns the key that signed the request; throws ApiError for any other request. */
export function verifyRequest(request: ReceivedRequest, verification: Verification): SandboxKey {
  const { headers } = request;
  const { keys, now, nonces, action } = verification;
  const sent = parseAuthorization(headers.authorization);
  const missing = REQUIRED_HEADERS.find((name) => !headers[name]);
  if (missing) throw new ApiError(400, 'MissingParameter', `${missing} is missing.`);
  requireAction(headers, action);
  requireSignedHeaders(request, sent.signedHeaders);
  requireFreshDate(headers['x-acs-date'] ?? '', now);
  const key = keys.find(({ id }) => id === sent.keyId);
  if (!key) {
    throw new ApiError(404, 'InvalidAccessKeyId.NotFound', 'The access key id is not known.');
  }
  requireSecurityToken(key, headers['x-acs-security-token'], now);
  requireSignature(request, sent, key.secret);
  // Last, so that a forged request cannot use up the nonce of a genuine one.
  if (!nonces.use(key.id, headers['x-acs-signature-nonce'] ?? '', now)) {
    throw new ApiError(400, 'SignatureNonceUsed', 'The signature nonce was used before.');
  }
  return key;
}
