// One request and the means to answer it: reads the wire and writes whole answers, decides nothing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, Refused } from './answers.js';
import type { ReceivedRequest } from './signature/canonical.js';

const BODY_BYTES_MAX = 1_048_576;

export function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

export function splitUrl(url = '/'): { path: string; query: string } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: '' };
  return { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new Refused(413, 'RequestEntityTooLarge', 'Over 1 MiB.');
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

export async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  return {
    method: request.method ?? 'GET',
    ...splitUrl(request.url),
    headers: headersOf(request),
    body: await readBody(request),
  };
}

/** Writes only the head of the answer; the caller writes the body. */
export function writeHead(
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(answer.status, {
    'content-type': 'application/json;charset=utf-8',
    ...requestIdHeader(answer),
    ...answer.headers,
    ...headers,
  });
}

function requestIdHeader({ body }: Answer): Record<string, string> {
  return typeof body.RequestId === 'string' ? { 'x-acs-request-id': body.RequestId } : {};
}

export function bodyBytes(answer: Answer): Buffer {
  return Buffer.from(JSON.stringify(answer.body));
}

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const body = bodyBytes(answer);
  writeHead(response, answer, { 'content-length': String(body.length) });
  response.end(body);
}

export function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(text)),
  });
  response.end(text);
}
