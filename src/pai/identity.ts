// Identifies keys without revealing them: by the access that they have, and by the account whose quota they spend.
import { createHmac } from 'node:crypto';
import type { Credentials } from '../domain/credentials.js';

/**
 * Equal on every replica whose keys have the same access. Temporary keys of a known role have the identity of the role,
 * however often they change (decision 20).
 */
export function credentialIdentity(credentials: Credentials): string {
  const { role } = credentials;
  return role === undefined ? keyIdentity(credentials) : `role ${role}`;
}

/** The hash is keyed with the secret, so that a guessed key id cannot be tested against it. */
function keyIdentity({ accessKeyId, accessKeySecret }: Credentials): string {
  return createHmac('sha256', accessKeySecret).update(accessKeyId).digest('base64url');
}

/**
 * The account whose quota is spent. Temporary keys change while their account stays, so that all of them count as one
 * account: a quota that is shared too widely is slow, and one that is shared too narrowly is exceeded.
 */
export function quotaAccount(credentials: Credentials | null): string {
  const isLasting = credentials !== null && credentials.securityToken === undefined;
  return isLasting ? keyIdentity(credentials) : 'temporary';
}
