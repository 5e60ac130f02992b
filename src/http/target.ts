// The target of a request: the path that routes go by, and the search behind it.
import { HttpError } from './http-error.js';

export interface Target {
  readonly pathname: string;
  readonly search: string;
}

/** What URL gives back as it stands; to have it read by URL twice is a tenth of an answer from memory. */
const PLAIN = /^((?:\/[\w-]*)+)(\?[!$-&(-;=?-~]+)?$/;

/** `//name/path` is a path, which URL would take for a host; what is no URL is the client's fault. */
export function parseTarget(target: string): Target {
  const [, pathname, search = ''] = PLAIN.exec(target) ?? [];
  return pathname === undefined ? parseUrl(target) : { pathname, search };
}

function parseUrl(target: string): Target {
  const text = target.startsWith('/') ? `http://localhost${target}` : target;
  if (!URL.canParse(text)) throw new HttpError(400, 'The request target is not a URL.');
  const { pathname, search } = new URL(text);
  // A proxy in front may have judged the path as it stands: `/graphql/../metrics` is none of ours.
  const [path] = text.replace(ORIGIN, '/').split('?', 1);
  if (path !== pathname) {
    throw new HttpError(400, 'The request target must be a path without detours.');
  }
  return { pathname, search };
}

const ORIGIN = /^[^:]+:\/\/[^/?#]*\/?/;
