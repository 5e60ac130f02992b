// The id of a request in every log: the client's own id when it is clean, else a new one.
import { randomUUID } from 'node:crypto';

const CLEAN = /^[A-Za-z0-9._-]{1,64}$/;

export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && CLEAN.test(header) ? header : randomUUID();
}
