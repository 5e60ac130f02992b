// From the headers of a request to the one who asks, by whichever of the ways that are on; it knows no credential.
import { ANONYMOUS, type Principal } from './principal.js';

/** `headersDistinct` of a request is best: `headers` hides that a credential was sent twice. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Denial {
  /** 403: it is proved who asks, but they may not. */
  readonly status: 401 | 403;
  /** The value of `WWW-Authenticate`: what would do, never what was wrong. */
  readonly challenge: string;
}

export type Authenticate = (headers: Headers) => Promise<Principal | Denial>;

/** One way to prove who asks. */
export interface AuthMethod {
  readonly challenge: string;
  /** `absent`: the request holds no credential of this kind. */
  identify(headers: Headers): Promise<Principal | 'absent' | 'wrong'>;
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
  return async (headers) => {
    if (methods.length === 0) return ANONYMOUS;
    const outcomes = await Promise.all(methods.map((method) => method.identify(headers)));
    if (outcomes.includes('wrong')) return denial;
    return outcomes.find((outcome) => typeof outcome !== 'string') ?? denial;
  };
}

export const REALM = 'realm="pai-model-graph"';

/** undefined: not there. null: there more than once, which of them counts is anybody's guess. */
export function onlyValue(headers: Headers, name: string): string | null | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.length > 1 ? null : value[0];
}
