// The headers of this service by which a request controls its upstream calls.
import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from '../http-error.js';

export interface UpstreamOptions {
  /** null: not given. */
  readonly budget: number | null;
  readonly isExplain: boolean;
}

/** Throws an HttpError that names the header. */
export function parseUpstreamOptions(headers: IncomingHttpHeaders): UpstreamOptions {
  const budget = headers['x-upstream-budget'] ?? null;
  const explain = headers['x-upstream-explain'];
  if (budget !== null && !/^\d{1,9}$/.test(String(budget))) {
    throw new HttpError(400, 'X-Upstream-Budget must be a whole number of calls.');
  }
  return { budget: budget === null ? null : Number(budget), isExplain: explain === 'true' };
}
