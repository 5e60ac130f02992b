// Whose access a set of credentials is, without giving them away: equal on every replica that has the same access.
import { createHmac } from 'node:crypto';
import type { Credentials } from '../domain/credentials.js';

/** Temporary keys of a known role are its access, however often they change (decision 20). */
export function credentialIdentity(credentials: Credentials): string {
  const { role } = credentials;
  return role === undefined ? keyIdentity(credentials) : `role ${role}`;
}

/** Keyed with the secret, so that a guessed key id cannot be tested against it. */
function keyIdentity({ accessKeyId, accessKeySecret }: Credentials): string {
  return createHmac('sha256', accessKeySecret).update(accessKeyId).digest('base64url');
}

/**
 * Whose quota is spent. Temporary keys change while their account stays, so that all of them count as
 * one: shared too widely a quota is slow, shared too narrowly it is exceeded.
 */
export function quotaAccount(credentials: Credentials | null): string {
  const isLasting = credentials !== null && credentials.securityToken === undefined;
  return isLasting ? keyIdentity(credentials) : 'temporary';
}
