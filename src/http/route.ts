// One HTTP request with its response, the routes that answer it, and the error of a client's mistake in it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../domain/caller.js';
import type { Origin } from '../domain/span.js';
import type { ResponseBounds } from './response-bounds.js';

export interface RequestInfo extends ResponseBounds, Origin {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The query of the target, with the question mark; empty where the target has none. */
  readonly search: string;
  /** Headers of the response, by their names in lower case; `send` writes them with its own. */
  readonly head: Record<string, string>;
}

export type Route = {
  readonly methods: readonly string[];
  /** Each request has a span in a trace, where traces are on. */
  readonly isTraced?: boolean;
} & (
  | {
      readonly isOpen?: false;
      handle(request: RequestInfo, caller: Caller): Promise<void>;
    }
  | {
      /** The route answers any client: it shows no data of the registry. */
      readonly isOpen: true;
      handle(request: RequestInfo): Promise<void>;
    }
);

/** An error in a request, found before there is an operation, with the status of its response. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** Sent to the caller with the message. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}
