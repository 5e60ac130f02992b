// How long a request may keep its calls alive: until its deadline, or until its client has gone.
import type { ServerResponse } from 'node:http';
import { AppError } from '../domain/errors.js';

export function abortAtEnd(res: ServerResponse, timeoutMs: number): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new AppError('UPSTREAM_TIMEOUT', 'The operation took too long.'));
  }, timeoutMs);
  // `close` comes after every response, also after one that nobody waits for any more.
  res.once('close', () => {
    clearTimeout(timer);
    if (!res.writableFinished) {
      controller.abort(new AppError('UPSTREAM_TIMEOUT', 'The client has gone.'));
    }
  });
  return controller.signal;
}
