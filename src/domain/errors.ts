// The table of the errors that a caller can see, and the class that carries them; it formats nothing.

export interface ErrorRow {
  /** HTTP status when the response has no `data`. */
  readonly httpStatus: number;
  /** Whether another attempt may succeed, unless the error itself says otherwise. */
  readonly retryable: boolean;
  /** The exceptions to `retryable`, in the words of the documentation. */
  readonly except?: string;
  /** When it is raised, in the words of the documentation. */
  readonly when: string;
}

export const ERRORS = {
  BAD_USER_INPUT: {
    httpStatus: 400,
    retryable: false,
    when: 'An argument is wrong; the message names it.',
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    retryable: false,
    when: 'The caller did not prove who they are.',
  },
  FORBIDDEN: { httpStatus: 403, retryable: false, when: 'The caller may not read this.' },
  QUERY_TOO_COMPLEX: {
    httpStatus: 400,
    retryable: false,
    when: 'A limit is exceeded; the error carries the limit and the measured value.',
  },
  EXPLAINED: {
    httpStatus: 200,
    retryable: false,
    when: 'The operation was explained, not run: `extensions.explain` of the response has the plan.',
  },
  RATE_LIMITED: {
    httpStatus: 429,
    retryable: false,
    except: 'PAI’s own throttling is',
    when: 'PAI or its token service throttles; our queue is full or cannot start the calls before the deadline; the caller exceeds its operations per second; a budget is spent; or the memory for responses is full. `retryAfterMs`, where known, says when to ask again; a spent budget has none.',
  },
  UPSTREAM_UNAVAILABLE: {
    httpStatus: 503,
    retryable: true,
    except: 'not when the breaker is open',
    when: 'PAI cannot be reached, fails (5xx), or answers with an empty, HTML or cut-off body; or the issuer’s keys cannot be read.',
  },
  UPSTREAM_TIMEOUT: {
    httpStatus: 504,
    retryable: true,
    except: 'not when the whole operation’s time is over',
    when: 'One attempt or the whole operation took too long.',
  },
  UPSTREAM_REJECTED: {
    httpStatus: 502,
    retryable: false,
    except: 'once with other keys, or by PAI’s clock',
    when: 'PAI or its token service refused our signature, clock, credentials or request, or we have no credentials to ask PAI with: our fault, not the caller’s.',
  },
  UPSTREAM_INVALID: {
    httpStatus: 502,
    retryable: false,
    when: 'PAI’s answer lacks the shape of its operation, is for another id, or exceeds 8 MB.',
  },
  INTERNAL_SERVER_ERROR: { httpStatus: 500, retryable: false, when: 'Anything else.' },
} as const satisfies Record<string, ErrorRow>;

const ROWS: Readonly<Record<string, ErrorRow>> = ERRORS;

/** null: the code is not in the table. */
export function statusOfCode(code: string): number | null {
  return ROWS[code]?.httpStatus ?? null;
}

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  /** PAI's RequestId, for support tickets; shown to the caller. */
  readonly upstreamRequestId?: string | undefined;
  /** Milliseconds after which another try makes sense; shown to the caller. */
  readonly retryAfterMs?: number | undefined;
  /** The exceeded limit, and the measured value; shown to the caller. */
  readonly limit?: number | undefined;
  readonly measured?: number | undefined;
  /** The things that were not read for lack of budget; shown to the caller. */
  readonly omittedIds?: readonly string[] | undefined;
  /** PAI's Code; for the log only. */
  readonly upstreamCode?: string | undefined;
  /** Overrides the table: PAI's throttling is retried, an open breaker is not. */
  readonly retryable?: boolean | undefined;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /** `options.cause` stays inside the process: neither callers nor the log see it. */
  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return this.details.retryable ?? ERRORS[this.code].retryable;
  }
}

/** null: the error is not from the table. */
export function codeOf(error: unknown): ErrorCode | null {
  return error instanceof AppError ? error.code : null;
}

/** JavaScript can throw any value; a slot of a batch holds an Error. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('A read failed.', { cause: reason });
}
