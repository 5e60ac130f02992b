// The JSON body of a request, of bounded size; what is wrong with it becomes an HttpError.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import rawBody from 'raw-body';

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

export async function readBodyText(req: IncomingMessage, maxBytes: number): Promise<string> {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  const isRight = charset === undefined || /^charset="?utf-?8"?$/.test(charset.trim());
  if (type.trim() !== 'application/json' || !isRight) {
    throw new HttpError(415, 'The body must be application/json in UTF-8.');
  }
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpError(415, 'The body must not be compressed.');
  }
  const bytes = await readBytes(req, maxBytes);
  if (!isUtf8(bytes)) throw notJson();
  // A mark of the byte order is none of JSON.
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

function notJson(): HttpError {
  return new HttpError(400, 'The body is not valid JSON.');
}

async function readBytes(req: IncomingMessage, limit: number): Promise<Buffer> {
  const length = req.headers['content-length'] ?? null;
  try {
    return await rawBody(req, { limit, length });
  } catch (error) {
    // The rest of a refused body is read away: closing on a client that still sends would reset it.
    req.resume();
    const isTooLarge = error instanceof Error && 'type' in error && error.type === TOO_LARGE;
    // What is declared is measured; of an undeclared length only that it is over.
    const measured = length === null ? limit + 1 : Number(length);
    if (isTooLarge)
      throw new HttpError(413, `The body is larger than ${limit} bytes.`, { limit, measured });
    throw new HttpError(400, 'The body did not arrive whole.');
  }
}

const TOO_LARGE = 'entity.too.large';
