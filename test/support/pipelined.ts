// Texts of requests that a test pipelines on one connection.
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { modelId } from '../graphql/numbered-registry.js';
import type { TestApp } from './with-app.js';

export function request(body: object): string {
  const text = JSON.stringify(body);
  const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  return `${head}Content-Length: ${text.length}\r\n\r\n${text}`;
}
export const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
export const last = (text: string) => text.replace('\r\n', '\r\nConnection: close\r\n');
export const read = (index: number) =>
  request({ query: `{ model(id: "${modelId(index)}") { id } }` });

/** Sends without reading anything. */
export function sendAhead(app: Pick<TestApp, 'url'>, bytes: string) {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1').pause();
  socket.on('error', () => {});
  socket.write(bytes);
  onTestFinished(() => void socket.destroy());
  return socket;
}
