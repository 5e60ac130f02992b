// What the listener hands to the part that answers one path.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly requestId: string;
}

export interface Route {
  readonly methods: readonly string[];
  handle(exchange: Exchange): void | Promise<void>;
}
