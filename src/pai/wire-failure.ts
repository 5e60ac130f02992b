// A failure on the wire: its cause in one word, and whether it only shows that a kept connection had ended.
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { WireCause } from '../domain/events.js';

/** The server that answers: its name in error messages, and the largest answer that is accepted from it. */
export interface Peer {
  readonly name: string;
  readonly maxMegabytes: number;
}

/** The observations on the connection until it failed. */
export interface Seen {
  /** The head of the answer has come. */
  readonly isAnswered: boolean;
  /** The request went over a kept connection, and no byte has come since. */
  readonly isUnusedAgain: boolean;
}

interface WireFailureOptions extends ErrorOptions {
  readonly wireCause: WireCause;
  readonly isStale?: boolean;
}

export class WireFailure extends AppError {
  readonly wireCause: WireCause;
  /** A kept connection was reset at its next use: the peer, or an intermediate device, had closed it before. */
  readonly isStale: boolean;

  constructor(code: ErrorCode, message: string, options: WireFailureOptions) {
    super(code, message, {}, options);
    this.wireCause = options.wireCause;
    this.isStale = options.isStale ?? false;
  }
}

const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** Node has one code for each cause, and dozens for certificates. The first match applies. */
const CAUSES: readonly { readonly pattern: RegExp; readonly wireCause: WireCause }[] = [
  { pattern: /^(ENOTFOUND|ENODATA|EAI_\w+)$/, wireCause: 'DNS' },
  { pattern: /^ECONNREFUSED$/, wireCause: 'REFUSED' },
  { pattern: /^(ECONNRESET|EPIPE)$/, wireCause: 'RESET' },
  { pattern: /^ETIMEDOUT$/, wireCause: 'TIMEOUT' },
  { pattern: /CERT|^UNABLE_TO_|^CRL_|^INVALID_CA$|^HOSTNAME_MISMATCH$/, wireCause: 'CERTIFICATE' },
];

/** The codes when an answer has begun: the connection or the compressed data ended early. */
const BROKEN_OFF = /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|Z_BUF_ERROR)$/;

export function lost(error: unknown, { name }: Peer, seen: Seen): WireFailure {
  const code = codeOf(error);
  return new WireFailure('UPSTREAM_UNAVAILABLE', `The ${name} could not be reached.`, {
    wireCause: causeOf(code, seen),
    isStale: seen.isUnusedAgain && !seen.isAnswered && RESETS.has(code),
    cause: original(error),
  });
}

export function brokenOff({ name }: Peer): WireFailure {
  const message = `The ${name} could not be reached.`;
  return new WireFailure('UPSTREAM_UNAVAILABLE', message, { wireCause: 'BROKEN_OFF' });
}

export function tooLate({ name }: Peer): WireFailure {
  const message = `The ${name} did not answer in time.`;
  return new WireFailure('UPSTREAM_TIMEOUT', message, { wireCause: 'TIMEOUT' });
}

export function tooLarge({ name, maxMegabytes }: Peer): WireFailure {
  const message = `The ${name}’s answer is larger than ${maxMegabytes} MB.`;
  return new WireFailure('UPSTREAM_INVALID', message, { wireCause: 'TOO_LARGE' });
}

/** Also converts an error that was thrown before anything could be sent. */
export function wireError(error: unknown, peer: Peer): AppError {
  if (error instanceof AppError) return error;
  return lost(error, peer, { isAnswered: false, isUnusedAgain: false });
}

/** The same request over a new connection may pass at once: the failure says nothing about the peer. */
export function isStale(error: unknown): boolean {
  return error instanceof WireFailure && error.isStale;
}

/** undefined: the failure did not happen on the wire. */
export function wireCauseOf(error: unknown): WireCause | undefined {
  return error instanceof WireFailure ? error.wireCause : undefined;
}

function causeOf(code: string, { isAnswered }: Seen): WireCause {
  if (isAnswered) return BROKEN_OFF.test(code) ? 'BROKEN_OFF' : 'OTHER';
  return CAUSES.find(({ pattern }) => pattern.test(code))?.wireCause ?? 'OTHER';
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** got's own error holds the request with its headers; the Node error that caused it does not. */
function original(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
