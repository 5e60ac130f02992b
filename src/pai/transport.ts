// Sends one signed request to PAI: with the keys, a date and a nonce of its own. It neither reads the answer nor retries.
import { randomUUID } from 'node:crypto';
import type { CredentialSource } from '../domain/credentials.js';
import type { Origin } from '../domain/span.js';
import { untilAborted } from '../lib/until-aborted.js';
import { createHttpClient, type HttpRequest, type HttpResponse } from '../net/http-client.js';
import type { ProxyRules } from '../net/proxy.js';
import type { PaiRequest } from './request.js';
import { canonicalQuery, signedHeaders } from './sign.js';

export type Transport = ReturnType<typeof createTransport>;

export interface SendOptions extends Pick<HttpRequest, 'isNewConnection' | 'onSent'> {
  readonly signal: AbortSignal;
  readonly credentials: CredentialSource;
  /** The operation that the request is made for; its span is that of the attempt. */
  readonly origin?: Origin;
}

export interface TransportOptions {
  readonly baseUrl: string;
  /** Limits one attempt, body included. */
  readonly timeoutMs: number;
  readonly maxSockets: number;
  /** null when absent. */
  readonly proxy?: ProxyRules | null;
  /** The date of a request, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** For tests. */
  readonly nonce?: () => string;
}

export function createTransport(options: TransportOptions) {
  const { baseUrl, timeoutMs, maxSockets, proxy = null, now = Date.now } = options;
  const { nonce = () => randomUUID().replaceAll('-', '') } = options;
  const { host, hostname, port } = new URL(baseUrl);
  const serverName = 'model registry';
  const client = createHttpClient({ serverName, maxMegabytes: 8, timeoutMs, maxSockets, proxy });
  return {
    /** For spans. */
    server: { 'server.address': hostname, 'server.port': port === '' ? 443 : Number(port) },
    /** Throws an AppError when no whole response comes, or the reason of the signal. */
    async send(request: PaiRequest, options: SendOptions): Promise<HttpResponse> {
      const { signal, origin, credentials, ...sending } = options;
      signal.throwIfAborted();
      const keys = await untilAborted(credentials.get(origin), signal);
      const signed = signedHeaders(request, host, keys, { now: new Date(now()), nonce: nonce() });
      // The signature does not cover the headers of the trace.
      const headers = { ...signed, ...origin?.span?.headersForPai };
      const query = canonicalQuery(request.query);
      const url = `${baseUrl}${request.pathname}${query && `?${query}`}`;
      return client.send({ ...sending, url, headers, signal });
    },
    close: client.close,
  };
}
