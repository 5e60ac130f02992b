// The JSON body of a request, of bounded size; what is wrong with it becomes an HttpError.
import type { IncomingMessage } from 'node:http';
import rawBody from 'raw-body';

const MAX_BODY_BYTES = 1024 * 1024;

export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function readJsonBody(req: IncomingMessage): Promise<unknown> {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset.trim());
  if (type.trim() !== 'application/json' || !isUtf8) {
    throw new HttpError(415, 'The body must be application/json in UTF-8.');
  }
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpError(415, 'The body must not be compressed.');
  }
  const bytes = await readBytes(req);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HttpError(400, 'The body is not valid JSON.');
  }
}

async function readBytes(req: IncomingMessage): Promise<Buffer> {
  const length = req.headers['content-length'] ?? null;
  try {
    return await rawBody(req, { limit: MAX_BODY_BYTES, length });
  } catch (error) {
    // The rest of a refused body is read away: closing on a client that still sends would reset it.
    req.resume();
    const isTooLarge = error instanceof Error && 'type' in error && error.type === TOO_LARGE;
    if (isTooLarge) throw new HttpError(413, 'The body is larger than 1 MB.');
    throw new HttpError(400, 'The body did not arrive whole.');
  }
}

const TOO_LARGE = 'entity.too.large';
