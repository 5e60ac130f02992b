// The data that the listener passes to the part that answers one path.
import type { Caller } from '../domain/caller.js';
import type { MaybePromise } from '../domain/maybe-promise.js';
import type { HttpResponse } from './http-response.js';
import type { Request } from './request.js';

export interface RequestContext {
  readonly req: Request;
  readonly res: HttpResponse;
  /** The search of the target, with the question mark; empty where the target has none. */
  readonly search: string;
  readonly requestId: string;
  readonly caller: Caller;
  /** For errors after `handle` has returned and its promise is fulfilled. */
  readonly fail: (error: unknown) => void;
}

export interface Route {
  readonly methods: readonly string[];
  /** The route answers any client: it shows no data of the registry. */
  readonly isOpen?: true;
  handle(requestContext: RequestContext): MaybePromise<void>;
}
