// From the headers of a request to the one who asks, by whichever of the ways that are on; it knows no credential.
import { type MaybePromise, whenAll } from '../domain/maybe-promise.js';
import { ANONYMOUS, type Principal } from './principal.js';

/** With all values of a header that was sent more than once: `headers` of a request hides some. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Denial {
  /** 403: it is proved who asks, but they may not. */
  readonly status: 401 | 403;
  /** The value of `WWW-Authenticate`: what would do, never what was wrong. */
  readonly challenge: string;
}

export type Authenticate = (headers: Headers) => MaybePromise<Principal | Denial>;

export type Identified = Principal | 'absent' | 'wrong';

/** One way to prove who asks. */
export interface AuthMethod {
  readonly challenge: string;
  /** `absent`: the request holds no credential of this kind. */
  identify(headers: Headers): MaybePromise<Identified>;
}

export type AuthProblem = 'api_keys_unreadable' | 'jwks_unreadable' | 'jwks_unavailable';

/** The reasons are for the operator: they hold no credential and no hash. */
export type OnAuthProblem = (problem: AuthProblem, reasons: readonly string[]) => void;

export function isDenial<T extends object>(outcome: T | Denial): outcome is Denial {
  return 'challenge' in outcome;
}

/**
 * Every credential that is presented must be right; of several, the method that comes first says who
 * asks. Without any method, everybody is welcome.
 */
export function createAuthenticator(methods: readonly AuthMethod[]): Authenticate {
  const denial: Denial = {
    status: 401,
    challenge: methods.map(({ challenge }) => challenge).join(', '),
  };
  const judge = (outcomes: readonly Identified[]): Principal | Denial => {
    if (outcomes.includes('wrong')) return denial;
    return outcomes.find((outcome) => typeof outcome !== 'string') ?? denial;
  };
  return (headers) => {
    if (methods.length === 0) return ANONYMOUS;
    return whenAll(
      methods.map((method) => method.identify(headers)),
      judge,
    );
  };
}

export const REALM = 'realm="pai-model-graph"';

/** undefined: not there. null: there more than once, which of them counts is anybody's guess. */
export function onlyValue(headers: Headers, name: string): string | null | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.length > 1 ? null : value[0];
}
