// The last known state of the upstream, for readiness: the result of the latest attempt.
import type { Event } from '../domain/events.js';

export interface UpstreamStatus {
  observe(event: Event): void;
  last(): 'unknown' | 'ok' | 'failing';
}

/** The outcomes in which PAI answered us, even if it refused one caller's question. */
const ANSWERED: ReadonlySet<string> = new Set([
  'OK',
  'NOT_FOUND',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
]);

export function createUpstreamStatus(): UpstreamStatus {
  let last: 'unknown' | 'ok' | 'failing' = 'unknown';
  return {
    observe(event) {
      if (event.type !== 'upstream_attempt' || event.outcome === 'CANCELLED') return;
      last = ANSWERED.has(event.outcome) ? 'ok' : 'failing';
    },
    last: () => last,
  };
}
