// Finds the caller of a request from its headers, by the methods that are on; it knows no credential.

import { randomUUID } from 'node:crypto';
import type { Caller, View } from '../domain/caller.js';
import type { CallerToken, CredentialSource } from '../domain/credentials.js';
import type { Event } from '../domain/events.js';
import type { PartStatus } from '../domain/part-status.js';
import type { JsonObject } from '../lib/json.js';
import type { LimitExceeded } from './operation-limiter.js';

/** Includes all values of a header that was sent more than once; `headers` of a request hides some. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface AuthRequest {
  readonly headers: Headers;
  /** Asked before a signature is verified, which is expensive. Not null: it is not verified. */
  readonly verificationLimit: () => LimitExceeded | null;
}

/** A proved identity, and the part of the registry that it may see. */
export interface Principal {
  /** Unique over all methods: the subject of a token never equals the client of an API key. null: anonymous. */
  readonly client: string | null;
  /** Without a role of its own. */
  readonly view: View;
  /** null: the identity was not proved by a token. */
  readonly token: VerifiedToken | null;
}

export interface VerifiedToken {
  /** The token as the request brought it, to be passed on to STS; it is never logged. */
  readonly token: string;
  readonly issuer: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly claims: JsonObject;
}

/** The credential was not verified, which says nothing about it. */
type NotVerified =
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number }
  | { readonly kind: 'rate_limited'; readonly exceeded: LimitExceeded };

export type MethodResult =
  | { readonly kind: 'valid'; readonly principal: Principal }
  /** The request has no credential of this kind. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid' }
  | NotVerified;

/** One way to prove an identity. */
export interface AuthMethod {
  readonly challenge: string;
  authenticate(request: AuthRequest): Promise<MethodResult>;
  /** Whether the last read of the keys for this method succeeded; shown by /readyz. */
  status(): PartStatus;
  close(): void;
}

export type AuthResult =
  | { readonly kind: 'authenticated'; readonly caller: Caller }
  | {
      readonly kind: 'denied';
      /** 403: the identity is proved, but nothing is open to it. */
      readonly status: 401 | 403;
      /** The value of `WWW-Authenticate`: how to authenticate, never why the request was denied. */
      readonly challenge: string;
      /** The client that sent the request, where that is proved. */
      readonly client: string | null;
    }
  | NotVerified;

export type Authenticate = (request: AuthRequest) => Promise<AuthResult>;

type AuthProblem = Event<'auth_problem'>['problem'];

/** The reasons are for the operator: they contain neither credentials nor hashes. */
export type OnAuthProblem = (problem: AuthProblem, reasons: readonly string[]) => void;

export const REALM = 'realm="pai-model-graph"';

/**
 * Every credential of a request must be valid; where there are several, the first method gives the identity.
 * Without any method, every request is anonymous.
 */
export function createAuthenticator(
  methods: readonly AuthMethod[],
  callerOf: (principal: Principal) => Caller | null,
): Authenticate {
  const challenge = methods.map((method) => method.challenge).join(', ');
  const denied: AuthResult = { kind: 'denied', status: 401, challenge, client: null };

  function identify(principal: Principal): AuthResult {
    const caller = callerOf(principal);
    if (caller !== null) return { kind: 'authenticated', caller };
    const { client } = principal;
    return { kind: 'denied', status: 403, challenge: `Bearer ${REALM}`, client };
  }

  return async (request) => {
    if (methods.length === 0) return identify(ANONYMOUS);
    const results: MethodResult[] = [];
    for (const method of methods) {
      const result = await method.authenticate(request);
      if (result.kind === 'invalid') return denied;
      results.push(result);
    }
    const notVerified = results.find(
      (result) => result.kind === 'unavailable' || result.kind === 'rate_limited',
    );
    if (notVerified !== undefined) return notVerified;
    const valid = results.find((result) => result.kind === 'valid');
    return valid ? identify(valid.principal) : denied;
  };
}

const ANONYMOUS: Principal = { client: null, view: { kind: 'all' }, token: null };

/** A caller that reads with the service's keys. */
export function serviceCaller({ client, view }: Principal): Caller {
  return {
    name: client,
    // Each anonymous operation has a lane of its own in the queue.
    lane: client ?? randomUUID(),
    view,
    own: null,
  };
}

/** Callers that read with the keys of their own role: PAI decides what they may see. null: the caller has no role. */
export function roleCallers(
  roleFor: (claims: JsonObject) => string | null,
  keysOf: (token: CallerToken) => CredentialSource,
): (principal: Principal) => Caller | null {
  return ({ client, token: verified }) => {
    const roleArn = verified === null ? null : roleFor(verified.claims);
    if (client === null || verified === null || roleArn === null) return null;
    const { token, issuer, subject, expiresAt: tokenExpiresAt } = verified;
    const [, , , account = ''] = roleArn.split(':');
    return {
      name: client,
      lane: client,
      view: { kind: 'caller', role: roleArn, issuer, subject },
      own: { credentials: keysOf({ token, issuer, subject, roleArn, tokenExpiresAt }), account },
    };
  };
}

/** undefined: the header is absent. Empty: it occurs more than once, so it is not clear which value counts. */
export function onlyValue(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.length > 1 ? '' : value[0];
}

/** Equal for equal workspaces. null: all. */
export function viewOf(workspaces: readonly string[] | null): View {
  if (workspaces === null) return { kind: 'all' };
  return { kind: 'workspaces', ids: [...new Set(workspaces)].sort() };
}
