// The answer to a request that is denied: it tells how to authenticate, never what was wrong.
import type { Denied } from '../auth/authenticator.js';
import type { HttpResponse } from './http-response.js';
import { sendError } from './reply.js';

export function sendAuthFailure(res: HttpResponse, { status, challenge }: Denied): void {
  res.setHeader('WWW-Authenticate', challenge);
  if (status === 401) sendError(res, 401, 'UNAUTHENTICATED', 'This needs a valid credential.');
  else sendError(res, 403, 'FORBIDDEN', 'Forbidden: this credential has no access.');
}
