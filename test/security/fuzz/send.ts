// Sends inputs over raw connections, many on each, and tells the status that each got.
import { connect, type Socket } from 'node:net';
import type { HttpInput } from './http-inputs.js';

/** null: the connection was closed without an answer. */
export type Outcome = number | null;

const WAIT_MS = 20_000;
/** Inputs behind an answer that closes the connection are sent again. */
const PIPELINED = 6;

/** Those that are framed on one connection after another; an answer may close what comes behind it. */
export async function sendAll(url: string, inputs: readonly HttpInput[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < inputs.length) {
    const rest = inputs.slice(outcomes.length, outcomes.length + PIPELINED);
    const next = rest.findIndex(({ isFramed }) => !isFramed);
    const framed = next === -1 ? rest : rest.slice(0, next);
    const sent = framed.length > 0 ? framed : rest.slice(0, 1);
    const bytes = Buffer.concat(sent.map((input) => input.bytes));
    const statuses = await answersTo(url, bytes, framed.length > 0 ? sent.length : null);
    // The number of requests in bytes without a frame is not known.
    if (framed.length === 0) outcomes.push(Math.max(...statuses, 0) || null);
    else outcomes.push(...(statuses.length > 0 ? statuses : [null]));
  }
  return outcomes;
}

/** `count` null: until the server closes. */
function answersTo(url: string, bytes: Buffer, count: number | null): Promise<number[]> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const timer = setTimeout(() => {
      reject(
        new Error(
          `No end within ${WAIT_MS} ms after ${JSON.stringify(bytes.toString('latin1').slice(0, 5000))}`,
        ),
      );
      socket.destroy();
    }, WAIT_MS);
    let received = '';
    let statuses: number[] = [];
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      const found = statusesOf(received);
      statuses = [...statuses, ...found.statuses];
      received = received.slice(found.end);
      if (count !== null && statuses.length >= count) socket.destroy();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(statuses);
    });
    if (count === null) socket.end(bytes);
    else socket.write(bytes);
  });
}

/** Of final answers; no input has these words, so that no body has them. */
function statusesOf(text: string): { statuses: number[]; end: number } {
  const statuses: number[] = [];
  let end = 0;
  for (const match of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
    end = match.index + match[0].length;
    if (Number(match[1]) >= 200) statuses.push(Number(match[1]));
  }
  // A status line may be cut in two by the wire.
  return { statuses, end: Math.max(end, text.length - 20) };
}
