// Requests as received and responses as values: reads and writes HTTP, decides nothing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from './wire.js';

const BODY_BYTES_MAX = 1_048_576;
export const JSON_TYPE = 'application/json;charset=utf-8';

export interface ReceivedRequest {
  readonly method: string;
  /** The path exactly as received, still percent-encoded. */
  readonly path: string;
  /** The query exactly as received, without the question mark. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** Decoded query or form parameters; the last of equal names. */
export type Parameters = Readonly<Record<string, string>>;

export interface ApiResponse {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that cannot be served; becomes PAI's error body. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function invalidParameter(name: string, expected: string): ApiError {
  return new ApiError(400, `InvalidParameter.${name}`, `${name} is not valid: ${expected}.`);
}

/** The facts about a request that an error body repeats. */
export interface RequestInfo {
  readonly requestId: string;
  readonly hostId: string;
  readonly product: 'AIWorkSpace' | 'Sts';
}

export function errorResponse(error: ApiError, request: RequestInfo): ApiResponse {
  const { status, code, message, headers } = error;
  const { requestId, hostId, product } = request;
  const search = new URLSearchParams({ q: code, product, requestId });
  const body = {
    RequestId: requestId,
    HostId: hostId,
    Code: code,
    Message: message,
    Recommend: `https://api.aliyun.com/troubleshoot?${search}`,
  };
  return { status, body, headers };
}

export function splitUrl(url = '/'): { path: string; query: string } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: '' };
  return { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

export function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new ApiError(413, 'RequestEntityTooLarge', 'Over 1 MiB.');
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function decodeText(text: string): string {
  try {
    // A gateway reads a plus sign as a space, as in HTML forms.
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ApiError(400, 'InvalidParameter', 'The query is not percent-encoded UTF-8.');
  }
}

/** Name and value of each parameter, decoded, in the order of the wire. */
export function decodeQuery(wireQuery: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of wireQuery.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    pairs.push([decodeText(name), equals < 0 ? '' : decodeText(part.slice(equals + 1))]);
  }
  return pairs;
}

export function bodyBytes({ body }: ApiResponse): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** Writes only the status and the headers; the caller writes the body. */
export function writeHead(response: ServerResponse, answer: ApiResponse, length?: number): void {
  const { status, body, headers } = answer;
  response.writeHead(status, {
    'content-type': JSON_TYPE,
    ...(typeof body.RequestId === 'string' && { 'x-acs-request-id': body.RequestId }),
    ...headers,
    ...(length !== undefined && { 'content-length': String(length) }),
  });
}

export function sendResponse(response: ServerResponse, answer: ApiResponse): void {
  const body = bodyBytes(answer);
  writeHead(response, answer, body.length);
  response.end(body);
}

export function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
): void {
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { 'content-type': contentType, 'content-length': length }).end(text);
}
