// Bounds one response: its bytes are counted while it is built, so that a response that grows too large ends early, and a
// refused request gets a short answer, for any number and length of its mistakes.
import type { GraphQLFormattedError } from 'graphql';
import { AppError } from '../../domain/errors.js';
import { formatAppError } from '../format-error.js';

/** Room for the bytes of a response in the memory that all responses share; none once its client has left. */
export interface ResponseRoom {
  /** false: a response of so many bytes does not fit. */
  hold(bytes: number): boolean;
}

/** Room is requested in steps, and not for each field. */
const STEP_BYTES = 64 * 1024;
/** Measured: 300,000 items that wait take some 600 bytes each. */
const WAITING_BYTES = 600;
const RETRY_AFTER_MS = 1000;
const BYTES_PER_MB = 1024 * 1024;

export class ResponseSize {
  readonly #limitBytes: number;
  readonly #room: ResponseRoom;
  #bytes = 0;
  /** Of items whose turn has not come. */
  #waitingBytes = 0;
  #heldBytes = 0;
  #failure: AppError | null = null;

  constructor(limitBytes: number, room: ResponseRoom) {
    this.#limitBytes = limitBytes;
    this.#room = room;
  }

  /** Not null: the response is not finished, and this error is the answer. */
  get failure(): AppError | null {
    return this.#failure;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#failure !== null) return;
    if (this.#bytes > this.#limitBytes) this.#failure = responseTooLarge(this.#limitBytes);
    else this.#hold();
  }

  /** An item waits for its turn: the promises that stand for it take memory, which is not a part of the response. */
  addWaiting(): void {
    this.#waitingBytes += WAITING_BYTES;
    if (this.#failure === null) this.#hold();
  }

  removeWaiting(): void {
    this.#waitingBytes -= WAITING_BYTES;
  }

  #hold(): void {
    const bytes = this.#bytes + this.#waitingBytes;
    if (bytes <= this.#heldBytes) return;
    if (this.#room.hold(bytes + STEP_BYTES)) this.#heldBytes = bytes + STEP_BYTES;
    else this.#failure = this.#waitingBytes > this.#limitBytes ? tooManyItems() : noRoom();
  }

  /** Starts again at zero: the response is built anew. */
  reset(): void {
    this.#bytes = 0;
    this.#failure = null;
  }
}

function responseTooLarge(limitBytes: number): AppError {
  const limit = limitBytes / BYTES_PER_MB;
  const message = `The response is larger than ${limit} MB; select fewer fields or items.`;
  return new AppError('QUERY_TOO_COMPLEX', message, { limit });
}

function tooManyItems(): AppError {
  return new AppError('QUERY_TOO_COMPLEX', 'The response has too many items; select fewer items.');
}

/** The responses of the process hold as much memory as allowed. */
export function noRoom(): AppError {
  const message = 'The server is busy sending other responses; try again later.';
  return new AppError('RATE_LIMITED', message, { retryAfterMs: RETRY_AFTER_MS });
}

export interface Result {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
}

/** Bound of the errors of a refused request. Beside them, its answer holds a few hundred bytes. */
const MAX_REFUSAL_BYTES = 15 * 1024;

/** Fields count while they are resolved, errors once they are formatted. A response that failed has that error alone. */
export function boundErrors(result: Result, size: ResponseSize): void {
  const { errors = [] } = result;
  if (result.data) for (const error of errors) if (!size.failure) size.add(bytesOf(error));
  if (size.failure !== null) {
    result.data = null;
    result.errors = [formatAppError(size.failure)];
  } else if (!result.data && result.errors) {
    result.errors = firstThatFit(errors);
  }
}

function firstThatFit(errors: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  let bytes = 0;
  const tooMany = errors.findIndex((error, index) => {
    bytes += bytesOf(error);
    return index > 0 && bytes > MAX_REFUSAL_BYTES;
  });
  return errors.slice(0, tooMany < 0 ? errors.length : tooMany);
}

function bytesOf(error: GraphQLFormattedError): number {
  return Buffer.byteLength(JSON.stringify(error));
}
