// The body of a request, of bounded size and said to be JSON; what is wrong with it becomes an HttpError.
import { HttpError } from './http-error.js';
import type { BodySink, Request } from './request.js';

/** Either of them, once. */
export interface BodyReader {
  whole(body: Buffer): void;
  failed(error: HttpError): void;
}

/** Throws at once for what its headers say; what comes is told to the reader. */
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
    // What comes is read away.
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
    // Of an undeclared length only that it is over is known.
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

  /** If not, that is told. */
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
