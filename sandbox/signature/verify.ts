// Decides whether a request is signed by a known key; knows nothing about the operations.
import { timingSafeEqual } from 'node:crypto';
import { Refused } from '../answers.js';
import type { SandboxKey } from '../wire.js';
import { expectedSignature, type ReceivedRequest, sha256Hex } from './canonical.js';
import type { NonceMemory } from './nonces.js';

const API_VERSION = '2021-02-04';
const DATE_TOLERANCE_MS = 15 * 60_000;
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

export interface Verification {
  readonly keys: readonly SandboxKey[];
  readonly now: number;
  readonly nonces: NonceMemory;
  /** The operation of method and path. */
  readonly action: string;
}

interface Authorization {
  readonly keyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(value: string | undefined): Authorization {
  if (value === undefined) throw new Refused(400, 'MissingParameter', 'Authorization is missing.');
  const [, keyId, names, signature] = AUTHORIZATION.exec(value) ?? [];
  if (keyId === undefined || names === undefined || signature?.length !== SIGNATURE_LENGTH) {
    throw new Refused(400, 'IncompleteSignature', 'Authorization has not the form of ACS3.');
  }
  return { keyId, signedHeaders: names.split(';'), signature };
}

/** The key id that the request claims, unchecked; '' when it claims none. */
export function claimedKeyId(authorization: string | undefined): string {
  return AUTHORIZATION.exec(authorization ?? '')?.[1] ?? '';
}

function requireHeaders(headers: ReceivedRequest['headers']): void {
  for (const name of REQUIRED_HEADERS) {
    if (!headers[name]) throw new Refused(400, 'MissingParameter', `${name} is missing.`);
  }
}

const bodyIsPresent = (request: ReceivedRequest): boolean => request.body.length > 0;

function requireSigned(request: ReceivedRequest, signedHeaders: readonly string[]): void {
  const sorted = [...new Set(signedHeaders)].sort();
  if (sorted.join(';') !== signedHeaders.join(';')) {
    throw new Refused(400, 'IncompleteSignature', 'SignedHeaders are not sorted or not unique.');
  }
  const unknown = signedHeaders.find((name) => request.headers[name] === undefined);
  if (unknown !== undefined) {
    throw new Refused(400, 'IncompleteSignature', `The signed header ${unknown} was not sent.`);
  }
  const mustBeSigned = (name: string): boolean =>
    name === 'host' ||
    name.startsWith('x-acs-') ||
    (name === 'content-type' && bodyIsPresent(request));
  const unsigned = Object.keys(request.headers).find(
    (name) => mustBeSigned(name) && !signedHeaders.includes(name),
  );
  if (unsigned !== undefined) {
    throw new Refused(400, 'IncompleteSignature', `The header ${unsigned} is not signed.`);
  }
}

function requireAction(headers: ReceivedRequest['headers'], action: string): void {
  if (headers['x-acs-version'] !== API_VERSION) {
    throw new Refused(400, 'InvalidVersion', `The version is not ${API_VERSION}.`);
  }
  if (headers['x-acs-action'] !== action) {
    throw new Refused(
      404,
      'InvalidAction.NotFound',
      'x-acs-action is not the operation of this method and path.',
    );
  }
}

function requireFreshDate(date: string, now: number): void {
  const time = DATE.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new Refused(400, 'InvalidTimeStamp.Format', 'x-acs-date is not yyyy-MM-ddTHH:mm:ssZ.');
  }
  if (Math.abs(now - time) > DATE_TOLERANCE_MS) {
    throw new Refused(400, 'InvalidTimeStamp.Expired', 'x-acs-date is over 15 minutes off.');
  }
}

function requireToken(key: SandboxKey, token: string | undefined): void {
  if (token === key.securityToken) return;
  if (token === undefined || key.securityToken === undefined) {
    throw new Refused(
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
      'The security token does not belong to this access key.',
    );
  }
  throw new Refused(400, 'InvalidSecurityToken.Malformed', 'The security token is wrong.');
}

function requireUnexpired({ expiresAt }: SandboxKey, now: number): void {
  if (expiresAt === undefined || now < expiresAt) return;
  throw new Refused(400, 'InvalidSecurityToken.Expired', 'The security token has expired.');
}

function requireSignature(request: ReceivedRequest, sent: Authorization, secret: string): void {
  if (request.headers['x-acs-content-sha256'] !== sha256Hex(request.body)) {
    throw new Refused(400, 'SignatureDoesNotMatch', 'x-acs-content-sha256 is not of this body.');
  }
  const expected = expectedSignature(request, sent.signedHeaders, secret);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(sent.signature))) {
    throw new Refused(
      400,
      'SignatureDoesNotMatch',
      'The signature is not the one that the sandbox calculated.',
    );
  }
}

/** The key that signed the request; refuses as PAI's gateway does, with the same codes. */
export function verifyRequest(request: ReceivedRequest, verification: Verification): SandboxKey {
  const { headers } = request;
  const { keys, now, nonces, action } = verification;
  const sent = parseAuthorization(headers.authorization);
  requireHeaders(headers);
  requireAction(headers, action);
  requireSigned(request, sent.signedHeaders);
  requireFreshDate(headers['x-acs-date'] ?? '', now);
  const key = keys.find(({ id }) => id === sent.keyId);
  if (!key) {
    throw new Refused(404, 'InvalidAccessKeyId.NotFound', 'The access key id is not known.');
  }
  requireToken(key, headers['x-acs-security-token']);
  requireUnexpired(key, now);
  requireSignature(request, sent, key.secret);
  // The last check, so that a forged request cannot use up the nonce of a genuine one.
  if (!nonces.use(key.id, headers['x-acs-signature-nonce'] ?? '', now)) {
    throw new Refused(400, 'SignatureNonceUsed', 'The signature nonce was used before.');
  }
  return key;
}
