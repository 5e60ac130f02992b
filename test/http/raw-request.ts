// HTTP requests that fetch would not send: any Host, any header, any target, any way to send a body.
import { type IncomingHttpHeaders, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
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
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => {
          const { statusCode: status = 0, headers: given, rawHeaders } = response;
          const done = () => resolve({ status, headers: given, rawHeaders, body: text });
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
