// One attempt over the wire with got: signs, sends, reads the whole body. It neither retries nor decodes.
import { randomUUID } from 'node:crypto';
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { type PlainResponse, type Request, TimeoutError } from 'got';
import { AppError } from '../domain/errors.js';
import { untilAborted } from '../domain/until-aborted.js';
import type { CredentialSource } from './credentials.js';
import type { PaiRequest } from './request.js';
import { canonicalQuery } from './sign.js';
import { signedHeaders } from './signed-headers.js';

const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface PaiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface Transport {
  /**
   * Throws an AppError for everything that is not a whole HTTP answer. `onSent` is told when the
   * request has left, which may be a while after its turn came.
   */
  send(request: PaiRequest, signal: AbortSignal, onSent?: () => void): Promise<PaiResponse>;
  close(): void;
}

export interface TransportOptions {
  readonly baseUrl: string;
  readonly credentials: CredentialSource;
  /** Bounds one attempt, body included. */
  readonly timeoutMs: number;
  readonly maxSockets: number;
  readonly now?: () => Date;
  readonly nonce?: () => string;
}

export function createTransport(options: TransportOptions): Transport {
  const { now = () => new Date(), nonce = () => randomUUID().replaceAll('-', '') } = options;
  const { host } = new URL(options.baseUrl);
  const agentOptions = { keepAlive: true, maxSockets: options.maxSockets };
  const agent = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  // Streams cost a quarter less than got's promises here and let the size be capped while reading.
  const client = got.extend({
    isStream: true,
    agent,
    timeout: { request: options.timeoutMs },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
  });

  async function send(
    request: PaiRequest,
    signal: AbortSignal,
    onSent = () => {},
  ): Promise<PaiResponse> {
    signal.throwIfAborted();
    const credentials = await untilAborted(options.credentials.get(), signal);
    const headers = signedHeaders(request, host, credentials, { now: now(), nonce: nonce() });
    const query = canonicalQuery(request.query);
    const url = `${options.baseUrl}${request.pathname}${query && `?${query}`}`;
    try {
      const stream = client.stream(url, { headers, signal });
      stream.once('request', (sent: ClientRequest) => sent.once('finish', onSent));
      return await readWhole(stream);
    } catch (error) {
      throw signal.aborted ? signal.reason : asAppError(error);
    }
  }

  return {
    send,
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

async function readWhole(stream: Request): Promise<PaiResponse> {
  let response: PlainResponse | undefined;
  stream.once('response', (received: PlainResponse) => {
    response = received;
  });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        throw new AppError('UPSTREAM_INVALID', 'The model registry’s answer is larger than 8 MB.');
      }
      chunks.push(chunk);
    }
  } finally {
    // Else got goes on listening to the signal, whose later abort would be an uncaught exception.
    stream.destroy();
  }
  if (response === undefined) throw new Error('The answer ended before it began.');
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof TimeoutError) {
    return new AppError('UPSTREAM_TIMEOUT', 'The model registry did not answer in time.');
  }
  return new AppError('UPSTREAM_UNAVAILABLE', 'The model registry could not be reached.');
}
