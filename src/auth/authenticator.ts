// Finds the identity of a caller from the headers of a request, by the methods that are on; it knows no credential.
import type { LimitExceeded } from './operation-limiter.js';
import { ANONYMOUS, type Principal } from './principal.js';

/** Includes all values of a header that was sent more than once; `headers` of a request hides some. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface AuthRequest {
  readonly headers: Headers;
  /** Asked before a signature is verified, which is expensive. Not null: it is not verified. */
  readonly verificationLimit: () => LimitExceeded | null;
}

export interface AuthFailure {
  readonly kind: 'denied';
  /** 403: the identity is proved, but nothing is open to it. */
  readonly status: 401 | 403;
  /** The value of `WWW-Authenticate`: how to authenticate, never why the request was denied. */
  readonly challenge: string;
  /** The client that sent the request, where that is proved. */
  readonly client: string | null;
}

/** The credential was not verified, which says nothing about it. */
type NotVerified =
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number }
  | { readonly kind: 'rate_limited'; readonly exceeded: LimitExceeded };

export type AuthResult<Identity> =
  | { readonly kind: 'authenticated'; readonly identity: Identity }
  | AuthFailure
  | NotVerified;

export interface Authenticator<Identity> {
  authenticate(request: AuthRequest): Promise<AuthResult<Identity>>;
}

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
  status(): 'unknown' | 'ok' | 'failing';
  /** Checks immediately whether the file of keys has changed. */
  reload(): Promise<void>;
  close(): void;
}

export type AuthProblem = 'api_keys_unreadable' | 'jwks_unreadable' | 'jwks_unavailable';

/** The reasons are for the operator: they contain neither credentials nor hashes. */
export type OnAuthProblem = (problem: AuthProblem, reasons: readonly string[]) => void;

/**
 * Every credential of a request must be valid; where there are several, the first method gives the identity.
 * Without any method, every request is authenticated.
 */
export function createAuthenticator<Identity>(
  methods: readonly AuthMethod[],
  identify: (principal: Principal) => AuthResult<Identity>,
): Authenticator<Identity> {
  const challenge = methods.map((method) => method.challenge).join(', ');
  const denied: AuthFailure = { kind: 'denied', status: 401, challenge, client: null };

  return {
    async authenticate(request) {
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
    },
  };
}

export const REALM = 'realm="pai-model-graph"';

/** undefined: the header is absent. null: it occurs more than once, so it is not clear which value counts. */
export function onlyValue(headers: Headers, name: string): string | null | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.length > 1 ? null : value[0];
}
