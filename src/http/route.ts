// What the listener hands to the part that answers one path.
import type { Caller } from '../domain/caller.js';
import type { MaybePromise } from '../domain/maybe-promise.js';
import type { Answer } from './answer.js';
import type { Request } from './request.js';

export interface Exchange {
  readonly req: Request;
  readonly res: Answer;
  /** Of its target, with the question mark; empty where there is none. */
  readonly search: string;
  readonly requestId: string;
  readonly caller: Caller;
  /** For what goes wrong after `handle` has returned and what it promised is kept. */
  readonly fail: (error: unknown) => void;
}

export interface Route {
  readonly methods: readonly string[];
  /** Answers anybody: it tells nothing of the registry. */
  readonly isOpen?: true;
  handle(exchange: Exchange): MaybePromise<void>;
}
