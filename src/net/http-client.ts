// Sends one HTTP request with got, over kept connections, through a proxy where the rules say so, and reads the whole
// response within limits of time and size.
// It does not retry. Failures on the wire become NetworkErrors.
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import got, { type OptionsInit, type PlainResponse, type Request, TimeoutError } from 'got';
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { WireCause } from '../domain/events.js';
import { systemCodeOf } from '../lib/system-error.js';
import { PROXY_FAILED, PROXY_LATE, type ProxyRules, proxyFor, TunnelAgent } from './proxy.js';

export interface HttpRequest extends Pick<OptionsInit, 'method' | 'headers' | 'form' | 'signal'> {
  readonly url: string;
  /** The request uses a connection of its own, which cannot have ended before. */
  readonly isNewConnection?: boolean | undefined;
  /** Called when the request has left, which may be some time after the call. */
  readonly onSent?: (() => void) | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

interface HttpClientOptions {
  /** For messages: they name no host. */
  readonly serverName: string;
  /** The largest body that is read, after decompression. */
  readonly maxMegabytes: number;
  /** Limits one request, body included. */
  readonly timeoutMs: number;
  readonly maxSockets: number;
  /** null: no proxy. */
  readonly proxy: ProxyRules | null;
}

export type HttpClient = ReturnType<typeof createHttpClient>;

export function createHttpClient(options: HttpClientOptions) {
  const { serverName, maxMegabytes, timeoutMs, maxSockets, proxy } = options;
  const agents = createAgents({ keepAlive: true, maxSockets }, proxy, timeoutMs);
  const client = got.extend({
    timeout: { request: timeoutMs },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
  });
  /** Each use makes a connection. */
  const single = createAgents({ keepAlive: false }, proxy, timeoutMs);

  /** Iterates the stream, so that a body which is too large is not read, nor inflated, to its end. */
  async function readBody(stream: Request): Promise<string> {
    const chunks: Buffer[] = [];
    let left = maxMegabytes * 1024 * 1024;
    for await (const chunk of stream) {
      left -= chunk.length;
      if (left < 0) {
        const message = `The ${serverName}’s answer is larger than ${maxMegabytes} MB.`;
        throw new NetworkError('UPSTREAM_INVALID', message, { wireCause: 'TOO_LARGE' });
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  return {
    /** Throws an AppError when no whole response comes, or the reason of the signal. */
    async send(sending: HttpRequest): Promise<HttpResponse> {
      const { url, isNewConnection = false, onSent, ...request } = sending;
      const { signal } = request;
      signal?.throwIfAborted();
      const agent = (isNewConnection ? single : agents).for(url);
      const stream = client.stream(url, { ...request, agent });
      const exchange = observe(stream, onSent);
      try {
        const body = await readBody(stream);
        const { response } = exchange;
        if (response === undefined) throw new Error('The stream ended without a response.');
        return { status: response.statusCode, headers: response.headers, body };
      } catch (error) {
        // Otherwise its decompression would continue without a connection: a kilobyte may hold a gigabyte.
        exchange.response?.destroy();
        throw signal?.aborted ? signal.reason : networkErrorOf(error, serverName, exchange);
      } finally {
        // got does not do it, and would listen to the signal. A later error would have no listener.
        stream.on('error', () => {}).destroy();
      }
    },
    close(): void {
      agents.destroy();
      single.destroy();
    },
  };
}

function createAgents(options: AgentOptions, rules: ProxyRules | null, connectMs: number) {
  const http = new HttpAgent(options);
  const https = new HttpsAgent(options);
  const tunnel = rules && new TunnelAgent({ ...options, proxy: rules.https, connectMs });
  return {
    for(url: string) {
      const isDirect = proxyFor(new URL(url), rules) === null;
      return { http, https: isDirect || tunnel === null ? https : tunnel };
    },
    destroy() {
      for (const agent of [http, https, tunnel]) agent?.destroy();
    },
  };
}

interface Exchange {
  request?: ClientRequest;
  response?: PlainResponse;
  /** The bytes that its connection had read before. */
  bytesRead?: number;
}

function observe(stream: Request, onSent?: () => void): Exchange {
  const exchange: Exchange = {};
  stream.once('request', (request: ClientRequest) => {
    exchange.request = request;
    request.once('socket', ({ bytesRead }: Socket) => {
      exchange.bytesRead = bytesRead;
    });
    if (onSent) request.once('finish', onSent);
  });
  stream.once('response', (response: PlainResponse) => {
    exchange.response = response;
  });
  return exchange;
}

/** No whole response came; `cause` is the error of Node. */
export class NetworkError extends AppError {
  readonly wireCause: WireCause;
  /** A kept connection had ended before this request: a new connection may work at once. */
  readonly isStaleConnection: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { readonly wireCause: WireCause; readonly isStaleConnection?: boolean },
  ) {
    super(code, message, {}, options);
    this.wireCause = options.wireCause;
    this.isStaleConnection = options.isStaleConnection ?? false;
  }
}

export function isStaleConnection(error: unknown): boolean {
  return error instanceof NetworkError && error.isStaleConnection;
}

/** A failure of one request, for its report. */
export function failureOf(error: unknown) {
  if (!(error instanceof AppError)) return { outcome: 'INTERNAL_SERVER_ERROR' } as const;
  const { upstreamRequestId, upstreamCode } = error.details;
  const cause = error instanceof NetworkError ? error.wireCause : undefined;
  return { outcome: error.code, cause, upstreamRequestId, upstreamCode };
}

/** Node has one code for each cause, and dozens for certificates. The first match applies. */
const WIRE_CAUSES: readonly (readonly [RegExp, WireCause])[] = [
  [/^(ENOTFOUND|ENODATA|EAI_\w+)$/, 'DNS'],
  [/^ECONNREFUSED$/, 'REFUSED'],
  [/^(ECONNRESET|EPIPE)$/, 'RESET'],
  [/^ETIMEDOUT$/, 'TIMEOUT'],
  [/CERT|^UNABLE_TO_|^CRL_|^INVALID_CA$|^HOSTNAME_MISMATCH$/, 'CERTIFICATE'],
];

function causeOf(code: string): WireCause {
  return WIRE_CAUSES.find(([pattern]) => pattern.test(code))?.[1] ?? 'OTHER';
}

/** The codes when a response has begun: the connection or the compressed data ended early. */
const BROKEN_OFF = /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|Z_BUF_ERROR)$/;

function networkErrorOf(error: unknown, serverName: string, exchange: Exchange): NetworkError {
  if (error instanceof NetworkError) return error;
  const code = systemCodeOf(error) ?? '';
  if (error instanceof TimeoutError || code === PROXY_LATE) {
    const message = `The ${serverName} did not answer in time.`;
    return new NetworkError('UPSTREAM_TIMEOUT', message, { wireCause: 'TIMEOUT' });
  }
  const { request, response, bytesRead } = exchange;
  const known = code === PROXY_FAILED ? 'PROXY' : causeOf(code);
  const interrupted = BROKEN_OFF.test(code) ? 'BROKEN_OFF' : 'OTHER';
  // The request went over a kept connection, and no byte has come since.
  const isUnusedAgain = request?.reusedSocket === true && request.socket?.bytesRead === bytesRead;
  return new NetworkError('UPSTREAM_UNAVAILABLE', `The ${serverName} could not be reached.`, {
    wireCause: response ? interrupted : known,
    isStaleConnection: isUnusedAgain && !response && known === 'RESET',
    // got's own error holds the request with its headers; the Node error that caused it does not.
    cause: error instanceof Error && error.cause !== undefined ? error.cause : error,
  });
}
