// Whose access a set of credentials is, without giving them away: equal on every replica that has them.
import { createHmac } from 'node:crypto';
import type { Credentials } from '../domain/credentials.js';

/** Keyed with the secret, so that nobody can test a guessed key id against it. */
export function credentialIdentity({ accessKeyId, accessKeySecret }: Credentials): string {
  return createHmac('sha256', accessKeySecret).update(accessKeyId).digest('base64url');
}

/**
 * Whose quota is spent. Temporary keys change while their account stays, so that all of them count as
 * one: shared too widely a quota is slow, shared too narrowly it is exceeded.
 */
export function quotaAccount(credentials: Credentials | null): string {
  const isLasting = credentials !== null && credentials.securityToken === undefined;
  return isLasting ? credentialIdentity(credentials) : 'temporary';
}
