// What the listener hands to the part that answers one path.
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../domain/caller.js';
import type { Answer } from './answer.js';

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: Answer;
  /** Of its target, with the question mark; empty where there is none. */
  readonly search: string;
  readonly requestId: string;
  readonly caller: Caller;
}

export interface Route {
  readonly methods: readonly string[];
  /** Answers anybody: it tells nothing of the registry. */
  readonly isOpen?: true;
  handle(exchange: Exchange): void | Promise<void>;
}
