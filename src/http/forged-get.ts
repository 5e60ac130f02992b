// Cross-site request forgery: a page of another site can make a browser send a GET, by a form, an image, a script or a
// navigation. A GET runs only where the browser or the request says that no such page has caused it.
import type { IncomingHttpHeaders } from 'node:http';

/** A browser sends these headers to another site only after a preflight, which CORS_ORIGINS answers. */
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'];

/** The page is of this origin, or the user typed the address. Browsers omit the header on plain http, except on loopback. */
const TRUSTED_SITES = ['same-origin', 'none'];

export function mayBeForged(headers: IncomingHttpHeaders, corsOrigins: readonly string[]): boolean {
  const { origin = '', 'sec-fetch-site': site, 'content-type': type = '' } = headers;
  if (PREFLIGHT_HEADERS.some((name) => Boolean(headers[name]))) return false;
  const [essence = ''] = type.split(';');
  if (essence.trim().toLowerCase() === 'application/json') return false;
  // A repeated header is one value with a comma, which equals none of these.
  return !TRUSTED_SITES.includes(String(site)) && !corsOrigins.includes(origin);
}
