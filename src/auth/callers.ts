// The caller that a proved identity acts as: name, lane, view, and the keys where the caller has keys of its own.
import { randomUUID } from 'node:crypto';
import type { Caller } from '../domain/caller.js';
import type { CredentialSource } from '../domain/credentials.js';
import { type AuthResult, REALM } from './authenticator.js';
import { ANONYMOUS, type Principal, type VerifiedToken } from './principal.js';

export type CallerOf = (principal: Principal) => AuthResult<Caller>;

/** Callers that read with the service's keys, narrowed to their workspaces. */
export function serviceCaller(principal: Principal): AuthResult<Caller> {
  const { client, workspaces } = principal;
  const isAnonymous = principal === ANONYMOUS;
  return authenticated({
    name: isAnonymous ? null : client,
    // Each anonymous operation has a lane of its own in the queue.
    lane: isAnonymous ? randomUUID() : client,
    view: workspaces === null ? { kind: 'all' } : { kind: 'workspaces', ids: workspaces },
    own: null,
  });
}

export interface RoleCallerOptions {
  /** The RAM role of a caller; null: it has none. */
  readonly roleFor: (claims: VerifiedToken['claims']) => string | null;
  readonly keysOf: (caller: TokenOfRole) => CredentialSource;
}

export interface TokenOfRole extends Pick<VerifiedToken, 'token' | 'issuer' | 'subject'> {
  readonly roleArn: string;
  readonly tokenExpiresAt: number;
}

/** Callers that read with the keys of their own role: PAI decides what they may see. */
export function roleCallers({ roleFor, keysOf }: RoleCallerOptions): CallerOf {
  return ({ client, token: verified }) => {
    const roleArn = verified === null ? null : roleFor(verified.claims);
    if (verified === null || roleArn === null) {
      return { kind: 'denied', status: 403, challenge: `Bearer ${REALM}`, client };
    }
    const { token, issuer, subject, expiresAt: tokenExpiresAt } = verified;
    const [, , , account = ''] = roleArn.split(':');
    return authenticated({
      name: client,
      lane: client,
      view: { kind: 'caller', role: roleArn, issuer, subject },
      own: { credentials: keysOf({ token, issuer, subject, roleArn, tokenExpiresAt }), account },
    });
  };
}

function authenticated(identity: Caller): AuthResult<Caller> {
  return { kind: 'authenticated', identity };
}
