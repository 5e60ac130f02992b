// The last known state of the upstream, for readiness: what the latest attempt told.
import type { Event } from '../domain/events.js';

export interface UpstreamStatus {
  observe(event: Event): void;
  last(): 'unknown' | 'ok' | 'failing';
}

/** PAI answered us, be it with a refusal of one caller's question. */
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
