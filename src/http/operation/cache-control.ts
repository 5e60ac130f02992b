// Reads from the request's Cache-Control how fresh an answer must be. Pure.
import type { RequestCacheControl } from '../../domain/call.js';

const NO_WISH: RequestCacheControl = { noCache: false, maxStaleSeconds: null };

/** A directive that is not understood is ignored. `max-stale` without a number accepts any staleness. */
export function parseCacheControl(header: string | undefined): RequestCacheControl {
  if (header === undefined) return NO_WISH;
  const directives = new Map(
    header.split(',').map((part): [string, string | undefined] => {
      const [name = '', value] = part.split('=', 2);
      return [name.trim().toLowerCase(), value?.trim().replace(/^"(.*)"$/, '$1')];
    }),
  );
  return { noCache: directives.has('no-cache'), maxStaleSeconds: maxStale(directives) };
}

function maxStale(directives: ReadonlyMap<string, string | undefined>): number | null {
  if (!directives.has('max-stale')) return null;
  const value = directives.get('max-stale');
  if (value === undefined) return Number.POSITIVE_INFINITY;
  return /^\d{1,10}$/.test(value) ? Number(value) : null;
}
