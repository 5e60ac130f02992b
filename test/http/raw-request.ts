// HTTP requests that fetch would not send: any Host, any header, any target, any way to send a body.
import { type IncomingHttpHeaders, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** As they came over the wire. */
  readonly bytes: Buffer;
}

export interface RawRequest {
  readonly method?: string;
  /** As it stands on the request line. */
  readonly target?: string;
  readonly headers?: Record<string, string | string[]>;
  /** The address to come from; on Linux any of 127.0.0.0/8. */
  readonly from?: string | undefined;
  /** With more than one part and no content-length, the body is sent in chunks. */
  readonly body?: readonly (string | Buffer)[];
}

export function rawRequest(url: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'GET', target = '/', headers = {}, body = [], from } = options;
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ hostname: hostname.replace(/^\[|\]$/g, ''), port, localAddress: from },
        ...{ method, path: target, headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const { statusCode: status = 0, headers: given, rawHeaders } = response;
          const bytes = Buffer.concat(chunks);
          const body = bytes.toString();
          const done = () => resolve({ status, headers: given, rawHeaders, body, bytes });
          // A client that is refused may still be sending.
          if (sent.writableFinished) done();
          else sent.once('finish', done).once('close', done);
        });
        response.once('error', reject);
      },
    );
    sent.once('error', reject);
    for (const part of body) sent.write(part);
    sent.end();
  });
}
