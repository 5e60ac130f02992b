// What is wrong with a request before there is an operation, with the status that it is answered with.

export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** Told to the caller beside the message. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}
