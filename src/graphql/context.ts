// The context that the resolvers of one operation share.
import type { DocumentNode } from 'graphql';
import type { Catalog } from '../catalog/catalog.js';
import { type Call, createCall, type RequestCacheControl } from '../domain/call.js';
import type { Caller } from '../domain/caller.js';
import type { Origin } from '../domain/span.js';
import { FieldWork } from './field-work.js';
import { type ResponseRoom, ResponseSize } from './limits/response-size.js';
import { Loaders } from './loaders.js';
import type { Turns } from './turns.js';

export interface Context {
  readonly requestId: string;
  /** The time at which the request had arrived, by `now`. */
  readonly startedAt: number;
  readonly call: Call;
  readonly loaders: Loaders;
  readonly size: ResponseSize;
  /** For resolvers with loops of their own. */
  readonly work: FieldWork;
  readonly pageCaps: Catalog['pageCaps'];
  readonly estimates: Catalog['estimates'];
  /** The operation is to be explained instead of run. */
  readonly isExplain: boolean;
  readonly summary: OperationSummary;
  /** Of the response. */
  readonly mediaType: MediaType;
  /** The monotonic clock. */
  readonly now: () => number;
}

/** The facts that Apollo's run leaves for the code that runs after it. */
interface OperationSummary {
  name: string | null;
  /** Parsed; it is valid where the response has no errors. */
  document: DocumentNode | null;
  hasErrors: boolean;
}

export interface OperationRequest extends Origin {
  readonly startedAt: number;
  readonly caller: Caller;
  /** Opens the signal that aborts at the deadline, or when the client has gone; call it once. */
  readonly openSignal: () => AbortSignal;
  /** By the monotonic clock. */
  readonly deadlineAt: number;
  readonly cacheControl: RequestCacheControl;
  /** The number of upstream calls that the client allows; null: not given. */
  readonly budget: number | null;
  /** Explain the operation instead of running it. */
  readonly isExplain: boolean;
  /** Of the response. */
  readonly mediaType: MediaType;
  /** The memory for the bytes of the response. */
  readonly room: ResponseRoom;
}

export type CreateContext = (request: OperationRequest) => Context;

export type MediaType = 'application/json' | 'application/graphql-response+json';

interface ContextOptions {
  readonly catalog: Catalog;
  readonly callsPerOperation: number;
  readonly responseBytes: number;
  readonly turns: Turns;
  /** The monotonic clock. */
  readonly now: () => number;
}

export function contextFactory(options: ContextOptions): CreateContext {
  const { catalog, callsPerOperation, responseBytes, turns, now } = options;
  const { pageCaps, estimates } = catalog;
  return (request) => {
    const { requestId, span, startedAt, isExplain, budget, mediaType, room } = request;
    const calls = Math.min(budget ?? callsPerOperation, callsPerOperation);
    const { caller, deadlineAt, cacheControl } = request;
    const signal = request.openSignal();
    const start = { requestId, span, caller, deadlineAt, signal, cacheControl };
    const call = createCall({ ...start, budget: calls });
    const size = new ResponseSize(responseBytes, room);
    return {
      requestId,
      startedAt,
      call,
      loaders: new Loaders(catalog, call, () => turns.rest(size)),
      size,
      work: new FieldWork(turns, size),
      pageCaps,
      estimates,
      isExplain,
      summary: { name: null, document: null, hasErrors: false },
      mediaType,
      now,
    };
  };
}
