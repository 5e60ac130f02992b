// The JSON body of a request, of bounded size; what is wrong with it becomes an HttpError.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

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

/** Throws at once for what its headers say; rejects for what comes. */
export function readBodyText(req: IncomingMessage, maxBytes: number): Promise<string> {
  const type = req.headers['content-type'] ?? '';
  if (type !== 'application/json' && !isJsonInUtf8(type)) {
    throw new HttpError(415, 'The body must be application/json in UTF-8.');
  }
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpError(415, 'The body must not be compressed.');
  }
  return readWhole(req, maxBytes);
}

function textOf(bytes: Buffer): string {
  // A mark of the byte order is none of JSON.
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function isJsonInUtf8(contentType: string): boolean {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  const isRight = charset === undefined || /^charset="?utf-?8"?$/.test(charset.trim());
  return type.trim() === 'application/json' && isRight;
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

/** By hand: general readers of streams cost a fifth of what an answer from memory costs. */
function readWhole(req: IncomingMessage, limit: number): Promise<string> {
  const declared = req.headers['content-length'];
  if (declared !== undefined && Number(declared) > limit) {
    // The rest of a refused body is read away: closing on a client that still sends would reset it.
    req.resume();
    return Promise.reject(tooLarge(limit, Number(declared)));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      // Of an undeclared length only that it is over is known.
      if (length > limit) reject(tooLarge(limit, limit + 1));
      else chunks.push(chunk);
    });
    // Of an error, too: node tells none of those that nobody listens to.
    req.on('close', () => {
      if (!req.complete) reject(new HttpError(400, 'The body did not arrive whole.'));
    });
    req.on('end', () => {
      const [first, ...others] = chunks;
      const bytes = first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
      if (isUtf8(bytes)) resolve(textOf(bytes));
      else reject(notJson());
    });
  });
}

function tooLarge(limit: number, measured: number): HttpError {
  return new HttpError(413, `The body is larger than ${limit} bytes.`, { limit, measured });
}
