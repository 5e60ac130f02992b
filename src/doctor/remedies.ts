// The remedies for requests that had no answer, by their cause.
import type { WireCause } from '../domain/events.js';
import { NetworkError } from '../net/http-client.js';

const REMEDIES: Partial<Record<WireCause, string>> = {
  DNS: 'The name of its host is not known here.',
  PROXY: 'The proxy gives no connection: check HTTPS_PROXY, or leave the host out by NO_PROXY.',
  REFUSED: 'Its host refuses the connection.',
  CERTIFICATE: 'Its certificate is not trusted: name its authority in NODE_EXTRA_CA_CERTS.',
};

/** Ends with `settings`, a sentence on what else to check. */
export function remedyFor(error: unknown, settings: string): string {
  const known = error instanceof NetworkError ? REMEDIES[error.wireCause] : undefined;
  return known === undefined ? settings : `${known} ${settings}`;
}
