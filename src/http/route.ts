// One HTTP request with its response, as the listener passes it to the route that answers it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../domain/caller.js';
import type { ResponseBounds } from './response-bounds.js';

export interface RequestInfo extends ResponseBounds {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
}

export interface RequestContext extends RequestInfo {
  /** The query of the target, with the question mark; empty where the target has none. */
  readonly search: string;
  readonly caller: Caller;
}

export interface Route {
  readonly methods: readonly string[];
  /** The route answers any client: it shows no data of the registry. */
  readonly isOpen?: true;
  handle(requestContext: RequestContext): Promise<void>;
}
