// An error in a request, found before there is an operation, with the status of its answer.

export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** Sent to the caller with the message. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}
