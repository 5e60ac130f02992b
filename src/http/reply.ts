// Answers that are not GraphQL results, written whole.
import type { ServerResponse } from 'node:http';

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  send(res, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

export function sendText(res: ServerResponse, status: number, type: string, body: string): void {
  send(res, status, `${type}; charset=utf-8`, body);
}

/** In the shape of a GraphQL error, so that a GraphQL client can show it. */
export function sendError(res: ServerResponse, status: number, code: string, message: string) {
  sendJson(res, status, { errors: [{ message, extensions: { code } }] });
}

function send(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  // HEAD and 204 bodies are left out by node itself.
  res.end(body);
}
