// The target of a request: the path that selects the route, and the query after it.
import { HttpError } from './http-error.js';

export interface Target {
  readonly pathname: string;
  /** With the question mark; empty where there is no query. */
  readonly search: string;
}

const ORIGIN = /^[^:]+:\/\/[^/?#]*\/?/;

/** `//name/path` is a path, but URL would read a host in it; a target that is not a URL is the client's error. */
export function parseTarget(target: string): Target {
  const text = target.startsWith('/') ? `http://localhost${target}` : target;
  if (!URL.canParse(text)) throw new HttpError(400, 'The request target is not a URL.');
  const { pathname, search } = new URL(text);
  // A proxy in front may have checked the path as it was sent: `/graphql/../metrics` is refused.
  const [path] = text.replace(ORIGIN, '/').split('?', 1);
  if (path !== pathname) {
    throw new HttpError(400, 'The request target must be a path without detours.');
  }
  return { pathname, search };
}
