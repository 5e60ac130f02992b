// The media type and the content coding of a response, by the weights in the request's headers.
import type { IncomingMessage } from 'node:http';
import Negotiator from 'negotiator';
import type { MediaType } from '../graphql/context.js';
import type { Coding } from '../lib/compression.js';

const CHARSET = '; charset=utf-8';

/** null: the client accepts neither type. The first is the default, also for a request without Accept. */
export function mediaTypeFor(req: Pick<IncomingMessage, 'headers'>): MediaType | null {
  const { accept } = req.headers;
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return JSON_TYPE;
  // With their parameter they also match an Accept that names it.
  const chosen = new Negotiator(req).mediaType([JSON_TYPE + CHARSET, GRAPHQL_TYPE + CHARSET]);
  if (chosen === undefined) return null;
  return chosen.startsWith(GRAPHQL_TYPE) ? GRAPHQL_TYPE : JSON_TYPE;
}

const JSON_TYPE: MediaType = 'application/json';
const GRAPHQL_TYPE: MediaType = 'application/graphql-response+json';

/** null: the body is sent as it is. Between equal weights, the order of the header decides. */
export function codingFor(
  req: Pick<IncomingMessage, 'headers'>,
  offered: readonly Coding[] = ['br', 'gzip'],
): Coding | null {
  if (req.headers['accept-encoding'] === undefined) return null;
  const chosen = new Negotiator(req).encoding([...offered, 'identity']);
  return offered.find((coding) => coding === chosen) ?? null;
}
