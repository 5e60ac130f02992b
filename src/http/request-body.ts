// The body of a request, of bounded size and declared as JSON; each error in it becomes an HttpError.
import { HttpError } from './http-error.js';
import type { BodySink, Request } from './request.js';

/** One of the two is called, once. */
export interface BodyReader {
  whole(body: Buffer): void;
  failed(error: HttpError): void;
}

/** Throws immediately for errors in the headers; the reader gets the body, or an error in it. */
export function readBody(req: Request, maxBytes: number, reader: BodyReader): void {
  const type = req.headers['content-type'] ?? '';
  if (type !== 'application/json' && !isJsonInUtf8(type)) {
    throw new HttpError(415, 'The body must be application/json in UTF-8.');
  }
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpError(415, 'The body must not be compressed.');
  }
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > maxBytes) {
    // The body is read and dropped.
    req.resume();
    throw tooLarge(maxBytes, declared);
  }
  req.handBodyTo(new BoundedBody(maxBytes, reader));
}

class BoundedBody implements BodySink {
  readonly #limit;
  readonly #reader;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(limit: number, reader: BodyReader) {
    this.#limit = limit;
    this.#reader = reader;
  }

  take(chunk: Buffer): void {
    const wasWithin = this.#isWithin();
    this.#length += chunk.length;
    if (this.#isWithin()) this.#chunks.push(chunk);
    // For an undeclared length, only the fact that it is above the limit is known.
    else if (wasWithin) this.#reader.failed(tooLarge(this.#limit, this.#limit + 1));
  }

  end(): void {
    if (!this.#isWithin()) return;
    const [first] = this.#chunks;
    const isOne = first !== undefined && this.#chunks.length === 1;
    this.#reader.whole(isOne ? first : Buffer.concat(this.#chunks));
  }

  cut(): void {
    if (this.#isWithin()) this.#reader.failed(new HttpError(400, 'The body did not arrive whole.'));
  }

  /** False: the reader has been told. */
  #isWithin(): boolean {
    return this.#length <= this.#limit;
  }
}

function isJsonInUtf8(contentType: string): boolean {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  const isRight = charset === undefined || /^charset="?utf-?8"?$/.test(charset.trim());
  return type.trim() === 'application/json' && isRight;
}

function tooLarge(limit: number, measured: number): HttpError {
  return new HttpError(413, `The body is larger than ${limit} bytes.`, { limit, measured });
}
