// From the headers of a request to the caller's identity, by the methods that are on; it knows no credential.
import { ANONYMOUS, type Principal } from './principal.js';

/** With all values of a header that was sent more than once: `headers` of a request hides some. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Denied {
  readonly kind: 'denied';
  /** 403: the identity is proved, but nothing is open to it. */
  readonly status: 401 | 403;
  /** The value of `WWW-Authenticate`: how to ask, never why it was denied. */
  readonly challenge: string;
  /** Whose request it is, where that is proved. */
  readonly client: string | null;
}

/** A credential cannot be judged now, which is not its sender's fault. */
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
  /** At once, and without any signature; null: a credential has to be verified first. */
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
  /** For what recall() calls unverified; a method that never does has none. */
  verify?(headers: Headers): Promise<Verified>;
  /** Whether what credentials are judged by could be read when it was read last, for readiness. */
  status(): 'unknown' | 'ok' | 'failing';
}

export type AuthProblem = 'api_keys_unreadable' | 'jwks_unreadable' | 'jwks_unavailable';

/** The reasons are for the operator: they hold no credential and no hash. */
export type OnAuthProblem = (problem: AuthProblem, reasons: readonly string[]) => void;

const RETRY_AFTER_MS = 2000;
const OPEN: Authenticated<Principal> = { kind: 'authenticated', identity: ANONYMOUS };
const UNAVAILABLE: Unavailable = { kind: 'unavailable', retryAfterMs: RETRY_AFTER_MS };

/**
 * Every credential that is presented must be right; of several, the method that comes first says whose request
 * it is. Without any method, every request is let in.
 */
export function createAuthenticator(methods: readonly AuthMethod[]): Authenticator<Principal> {
  const challenge = methods.map((method) => method.challenge).join(', ');
  const denied: Denied = { kind: 'denied', status: 401, challenge, client: null };

  const judge = (outcomes: readonly (Recalled | Verified)[]): Verdict<Principal> => {
    if (outcomes.includes('wrong')) return denied;
    if (outcomes.includes('unavailable')) return UNAVAILABLE;
    const identity = outcomes.find((outcome) => typeof outcome !== 'string');
    return identity === undefined ? denied : { kind: 'authenticated', identity };
  };

  return {
    recall(headers) {
      if (methods.length === 0) return OPEN;
      const recalled = methods.map((method) => method.recall(headers));
      const isOpen = recalled.includes('unverified') && !recalled.includes('wrong');
      return isOpen ? null : judge(recalled);
    },
    async verify(headers) {
      const outcomes = methods.map((method): Recalled | Promise<Verified> => {
        const recalled = method.recall(headers);
        return recalled === 'unverified' ? (method.verify?.(headers) ?? 'wrong') : recalled;
      });
      return methods.length === 0 ? OPEN : judge(await Promise.all(outcomes));
    },
  };
}

export const REALM = 'realm="pai-model-graph"';

/** undefined: not there. null: there more than once, which leaves open which of them counts. */
export function onlyValue(headers: Headers, name: string): string | null | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.length > 1 ? null : value[0];
}
