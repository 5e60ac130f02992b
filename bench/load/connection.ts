// One keep-alive connection that has at most one request under way.
import { connect } from 'node:net';
import { createAnswerReader } from './answer-reader.js';

export interface Connection {
  /** Call it only when the previous answer is whole. */
  ask(request: Buffer): void;
  close(): void;
}

export interface ConnectionEvents {
  /** Called first when it is connected, then with every whole answer. */
  onIdle(connection: Connection, isAnswer: boolean): void;
  onFailure(error: unknown): void;
}

const BUFFER_BYTES = 256 * 1024;

export function openConnection(port: number, { onIdle, onFailure }: ConnectionEvents): Connection {
  const read = createAnswerReader(() => onIdle(connection, true));
  const socket = connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      // One buffer for all answers: parts of a piece that are kept are copied.
      buffer: Buffer.allocUnsafe(BUFFER_BYTES),
      callback(size, buffer) {
        try {
          read(Buffer.from(buffer.buffer, buffer.byteOffset, size));
        } catch (error) {
          onFailure(error);
        }
        return true;
      },
    },
  });
  const connection: Connection = {
    ask: (request) => socket.write(request),
    close: () => socket.destroy(),
  };
  socket.once('connect', () => onIdle(connection, false));
  socket.once('error', onFailure);
  socket.once('end', () => onFailure(new Error('The server closed a connection.')));
  return connection;
}
