// Signs one request to PAI and sends it once.
import { randomUUID } from 'node:crypto';
import type { CredentialSource } from '../domain/credentials.js';
import { untilAborted } from '../lib/time.js';
import type { HttpResponse } from './classify.js';
import { createHttpClient, type HttpRequest } from './http-client.js';
import type { PaiRequest } from './request.js';
import { canonicalQuery, signedHeaders } from './sign.js';

export interface Transport {
  /** Throws an AppError when no whole response comes, or the reason of the signal. */
  send(request: PaiRequest, options: SendOptions): Promise<HttpResponse>;
  close(): void;
}

export interface SendOptions extends Pick<HttpRequest, 'isNewConnection' | 'onSent'> {
  readonly signal: AbortSignal;
  /** The transport's own when absent. */
  readonly credentials?: CredentialSource | undefined;
  /** The id of the operation, for the log. */
  readonly requestId?: string;
}

export interface TransportOptions {
  readonly baseUrl: string;
  readonly credentials: CredentialSource;
  /** Limits one attempt, body included. */
  readonly timeoutMs: number;
  readonly maxSockets: number;
  readonly now?: () => Date;
  readonly nonce?: () => string;
}

export function createTransport(options: TransportOptions): Transport {
  const {
    baseUrl,
    now = () => new Date(),
    nonce = () => randomUUID().replaceAll('-', ''),
  } = options;
  const { host } = new URL(baseUrl);
  const client = createHttpClient({
    serverName: 'model registry',
    maxMegabytes: 8,
    timeoutMs: options.timeoutMs,
    maxSockets: options.maxSockets,
  });

  return {
    async send(request, { signal, credentials = options.credentials, requestId, ...sending }) {
      signal.throwIfAborted();
      const keys = await untilAborted(credentials.get(requestId), signal);
      const headers = signedHeaders(request, host, keys, { now: now(), nonce: nonce() });
      const query = canonicalQuery(request.query);
      const url = `${baseUrl}${request.pathname}${query && `?${query}`}`;
      return client.send({ ...sending, url, headers, signal });
    },
    close: client.close,
  };
}
