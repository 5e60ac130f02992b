// Finds the caller's identity from the headers of a request, by the methods that are on; it knows no credential.
import { ANONYMOUS, type Principal } from './principal.js';

/** Includes all values of a header that was sent more than once; `headers` of a request hides some. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Denied {
  readonly kind: 'denied';
  /** 403: the identity is proved, but nothing is open to it. */
  readonly status: 401 | 403;
  /** The value of `WWW-Authenticate`: it tells how to authenticate, never why the request was denied. */
  readonly challenge: string;
  /** The client that sent the request, where that is proved. */
  readonly client: string | null;
}

/** The credential cannot be verified now, which is not the fault of its sender. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly retryAfterMs: number;
}

export interface Authenticated<Identity> {
  readonly kind: 'authenticated';
  readonly identity: Identity;
}

export type Verdict<Identity> = Authenticated<Identity> | Denied | Unavailable;

export interface Authenticator<Identity> {
  /** Answers immediately, without verifying a signature; null: a credential has to be verified first. */
  recall(headers: Headers): Verdict<Identity> | null;
  verify(headers: Headers): Promise<Verdict<Identity>>;
}

/** `absent`: the request holds no credential of this kind. */
export type Recalled = Principal | 'absent' | 'wrong' | 'unverified';
export type Verified = Principal | 'wrong' | 'unavailable';

/** One way to prove an identity. */
export interface AuthMethod {
  readonly challenge: string;
  recall(headers: Headers): Recalled;
  /** For credentials that recall() calls unverified; absent where recall() never does so. */
  verify?(headers: Headers): Promise<Verified>;
  /** Whether the last read of the keys for this method succeeded; shown by /readyz. */
  status(): 'unknown' | 'ok' | 'failing';
}

export type AuthProblem = 'api_keys_unreadable' | 'jwks_unreadable' | 'jwks_unavailable';

/** The reasons are for the operator: they contain neither credentials nor hashes. */
export type OnAuthProblem = (problem: AuthProblem, reasons: readonly string[]) => void;

const RETRY_AFTER_MS = 2000;
const UNAVAILABLE: Unavailable = { kind: 'unavailable', retryAfterMs: RETRY_AFTER_MS };

/**
 * Every credential of a request must be right; where there are several, the first method gives the identity.
 * Without any method, every request is admitted.
 */
export function createAuthenticator<Identity>(
  methods: readonly AuthMethod[],
  identify: (principal: Principal) => Verdict<Identity>,
): Authenticator<Identity> {
  const challenge = methods.map((method) => method.challenge).join(', ');
  const denied: Denied = { kind: 'denied', status: 401, challenge, client: null };

  const judge = (outcomes: readonly (Recalled | Verified)[]): Verdict<Identity> => {
    if (outcomes.includes('wrong')) return denied;
    if (outcomes.includes('unavailable')) return UNAVAILABLE;
    const principal = outcomes.find((outcome) => typeof outcome !== 'string');
    return principal === undefined ? denied : identify(principal);
  };

  return {
    recall(headers) {
      if (methods.length === 0) return identify(ANONYMOUS);
      const recalled = methods.map((method) => method.recall(headers));
      const isOpen = recalled.includes('unverified') && !recalled.includes('wrong');
      return isOpen ? null : judge(recalled);
    },
    async verify(headers) {
      const outcomes = methods.map((method): Recalled | Promise<Verified> => {
        const recalled = method.recall(headers);
        return recalled === 'unverified' ? (method.verify?.(headers) ?? 'wrong') : recalled;
      });
      return methods.length === 0 ? identify(ANONYMOUS) : judge(await Promise.all(outcomes));
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
