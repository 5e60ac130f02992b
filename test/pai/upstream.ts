// A scripted HTTP server in the place of PAI, and a transport to it; it checks no signature.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../src/domain/errors.js';
import { staticCredentials } from '../../src/pai/credentials.js';
import { getModelRequest } from '../../src/pai/request.js';
import {
  createTransport,
  type SendOptions,
  type Transport,
  type TransportOptions,
} from '../../src/pai/transport.js';

export interface Upstream extends AsyncDisposable {
  readonly url: string;
  /** Every connection that was ever made. */
  readonly sockets: readonly Socket[];
}

export async function startUpstream(listener: RequestListener): Promise<Upstream> {
  const sockets: Socket[] = [];
  const server = createServer(listener);
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface TestTransport extends Disposable {
  readonly send: (
    signal?: AbortSignal,
    sending?: Pick<SendOptions, 'isNewConnection'>,
  ) => ReturnType<Transport['send']>;
}

const KEY = staticCredentials({ accessKeyId: 'id', accessKeySecret: 'secret' });

/** Asks the upstream for one model each time. */
export function transportTo(
  baseUrl: string,
  { credentials = KEY, ...options }: Partial<TransportOptions & SendOptions> = {},
) {
  const transport = createTransport({ baseUrl, timeoutMs: 5000, maxSockets: 4, ...options });
  const testTransport: TestTransport = {
    send: (signal = new AbortController().signal, sending = {}) =>
      transport.send(getModelRequest('model-a'), { credentials, ...sending, signal }),
    [Symbol.dispose]: () => transport.close(),
  };
  return testTransport;
}

export async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const outcome = await work.then(
    () => 'It succeeded.',
    (error: unknown) => error,
  );
  if (outcome instanceof AppError) return outcome;
  throw new Error('It should have failed with an AppError.', { cause: outcome });
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(2);
}
