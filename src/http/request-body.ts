// The body of a request, of bounded size and declared as JSON; each error in it is an HttpError.
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.js';

export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (!isJsonInUtf8(req.headers['content-type'] ?? '')) {
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
  return readAtMost(req, maxBytes);
}

/** To leave a `for await` loop early would close the connection, and the client would never see the answer. */
function readAtMost(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const cutOff = () => {
      if (!req.readableEnded) reject(new HttpError(400, 'The body did not arrive whole.'));
    };
    if (req.destroyed) cutOff();
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      // For an undeclared length, only the fact that it is above the limit is known.
      else reject(tooLarge(maxBytes, maxBytes + 1));
    });
    req.once('end', () => resolve(Buffer.concat(chunks)));
    req.once('close', cutOff);
  });
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
