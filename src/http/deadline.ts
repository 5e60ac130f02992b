// Ends the calls of a request: at its deadline, or when its client has gone.
import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { AppError } from '../domain/errors.js';

export function abortAtEnd(res: ServerResponse, timeoutMs: number): AbortSignal {
  const controller = new AbortController();
  // All reads of an operation listen to its one signal; Node warns of a leak above ten listeners.
  setMaxListeners(0, controller.signal);
  const end = (message: string) =>
    controller.abort(new AppError('UPSTREAM_TIMEOUT', message, { retryable: false }));
  if (res.closed) {
    end('The client has gone.');
    return controller.signal;
  }
  const timer = setTimeout(() => end('The operation took too long.'), timeoutMs);
  // `close` comes after every response, also after one that no client waits for any more.
  res.once('close', () => {
    clearTimeout(timer);
    if (!res.writableFinished) end('The client has gone.');
  });
  return controller.signal;
}
