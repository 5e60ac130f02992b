// Makes one attempt over the wire with got: signs, sends, reads the whole body. It neither retries nor decodes.
import { randomUUID } from 'node:crypto';
import type { ClientRequest } from 'node:http';
import type { CredentialSource } from '../domain/credentials.js';
import { isPromise } from '../domain/maybe-promise.js';
import { untilAborted } from '../domain/until-aborted.js';
import type { PaiRequest } from './request.js';
import { canonicalQuery } from './sign.js';
import { signedHeaders } from './signed-headers.js';
import { createStreamClient } from './stream-client.js';
import { readWhole, type WholeResponse } from './whole-response.js';
import { type Peer, wireError } from './wire-failure.js';

const REGISTRY: Peer = { name: 'model registry', maxMegabytes: 8 };

export interface Transport {
  /** Throws an AppError for everything that is not a whole HTTP answer. */
  send(request: PaiRequest, sending: Sending): Promise<WholeResponse>;
  close(): void;
}

export interface Sending {
  readonly signal: AbortSignal;
  /** The transport's own when absent. */
  readonly credentials?: CredentialSource | undefined;
  readonly requestId?: string;
  /** The attempt uses its own connection and not a kept one. */
  readonly isNewConnection?: boolean | undefined;
  /** Called when the request has left, which may be some time after its turn came. */
  readonly onSent?: (() => void) | undefined;
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
  const { now = () => new Date(), nonce = () => randomUUID().replaceAll('-', '') } = options;
  const { host } = new URL(options.baseUrl);
  const client = createStreamClient(options.maxSockets);
  const { timeoutMs } = options;

  async function send(
    request: PaiRequest,
    { signal, credentials: source = options.credentials, requestId, ...sending }: Sending,
  ): Promise<WholeResponse> {
    signal.throwIfAborted();
    const given = source.get(requestId);
    const credentials = isPromise(given) ? await untilAborted(given, signal) : given;
    const headers = signedHeaders(request, host, credentials, { now: now(), nonce: nonce() });
    const query = canonicalQuery(request.query);
    const url = `${options.baseUrl}${request.pathname}${query && `?${query}`}`;
    try {
      const stream = client.stream(sending.isNewConnection)(url, { headers });
      const { onSent } = sending;
      if (onSent) stream.once('request', (sent: ClientRequest) => sent.once('finish', onSent));
      return await readWhole(stream, REGISTRY, { timeoutMs, signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : wireError(error, REGISTRY);
    }
  }

  return { send, close: client.close };
}
