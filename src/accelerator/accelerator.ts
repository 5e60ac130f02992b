// Answers GraphQL requests in front of Apollo: from a cache of whole responses, or by a compiled operation. Every other
// request is left to Apollo. The module is optional: only app.ts imports it.
import { BREAK, type DocumentNode, visit } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { CacheHit, OnHit } from '../cache/read-through.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Config } from '../config/config.js';
import type { IsCurrent, Usage } from '../domain/call.js';
import type { Report } from '../domain/events.js';
import type { Context, CreateContext } from '../graphql/context.js';
import { weakTag } from '../graphql/etag.js';
import {
  type Execute,
  type GraphqlRequest,
  type GraphqlResponse,
  wholeBody,
} from '../graphql/execute.js';
import { settledUsage, shownName } from '../graphql/operation-report.js';
import { cacheControl } from '../graphql/response-headers.js';
import {
  type CompiledOperations,
  type CompiledOperationsOptions,
  createCompiledOperations,
} from './compiled-operations.js';
import { type CoveredRequest, readCovered } from './covered-request.js';
import {
  type CachedResponse,
  createResponseCache,
  type ResponseCache,
  type ResponseCacheKey,
} from './response-cache.js';

export interface AcceleratorParts extends Omit<CompiledOperationsOptions, 'maxBytes'> {
  readonly catalog: Pick<Catalog, 'scopeOf'>;
  readonly isCurrent: IsCurrent;
}

export interface Accelerator {
  /** Notes the cache entries that operations read, for the cached responses that are made from them. */
  readonly onHit: OnHit;
  /** Gives a function that makes of an `Execute` one that does the same, faster. */
  open(parts: AcceleratorParts): (execute: Execute, createContext: CreateContext) => Execute;
}

interface Clocked {
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
}

export function createAccelerator(
  { memory, responseCache, compiledOperations }: Config,
  { report, now }: Clocked,
): Accelerator {
  const hits = createCacheHits();
  return {
    onHit: hits.onHit,
    open({ catalog, isCurrent, ...parts }) {
      const options: Options = {
        responses: responseCache
          ? createResponseCache({ maxBytes: memory.responses, isCurrent, now })
          : null,
        operations: compiledOperations
          ? createCompiledOperations({ ...parts, maxBytes: memory.compiledOperations })
          : null,
        hits,
        catalog,
        report,
        now,
      };
      return (execute, createContext) => accelerate(execute, createContext, options);
    },
  };
}

interface Options extends Pick<AcceleratorParts, 'catalog'> {
  /** null: off. */
  readonly responses: ResponseCache | null;
  /** null: off. */
  readonly operations: CompiledOperations | null;
  readonly hits: CacheHits;
  readonly report: Report;
  readonly now: () => number;
}

interface CacheHits {
  readonly onHit: OnHit;
  of(usage: Usage): readonly CacheHit[];
}

/** An operation has one object for its usage, also where its call is copied. */
function createCacheHits(): CacheHits {
  const byUsage = new WeakMap<Usage, CacheHit[]>();
  return {
    onHit({ usage }, hit) {
      const hits = byUsage.get(usage);
      if (hits === undefined) byUsage.set(usage, [hit]);
      else hits.push(hit);
    },
    of: (usage) => byUsage.get(usage) ?? [],
  };
}

function accelerate(execute: Execute, createContext: CreateContext, options: Options): Execute {
  const types = new ContentTypes();

  async function answer(
    request: GraphqlRequest,
    covered: CoveredRequest,
    context: Context,
  ): Promise<Executed> {
    const compiled = await runCompiled(request, covered, context, types, options);
    if (compiled !== null) return compiled;
    const response = await execute(request, context);
    const { document, name } = context.summary;
    const isWhole = response.status === 200 && !isNoStore(response);
    if (!isWhole || document === null) return { response, operationName: name, isKept: false };
    types.note(request, response);
    options.operations?.note(covered, document);
    return { response, operationName: name, isKept: !selectsMeta(document) };
  }

  return async (request) => {
    const covered = readCovered(request);
    if (covered === null) return execute(request);
    const key = await keyOf(request, options);
    const cached = key && options.responses?.get(key);
    if (cached) return fromCache(cached, request, options);
    const context = createContext(request);
    const { response, operationName, isKept } = await answer(request, covered, context);
    if (key !== null && isKept) keep(key, response, operationName, context, options);
    return response;
  };
}

interface Executed {
  readonly response: GraphqlResponse;
  readonly operationName: string | null;
  /** The same request has the same response while the data is the same. */
  readonly isKept: boolean;
}

function isNoStore({ headers }: GraphqlResponse): boolean {
  return headers['cache-control'] === 'no-store';
}

/** null: the caller's scope is not known without waiting, or never; the run waits for it, and reports its errors. */
async function keyOf(
  { method, headers, text, caller, requestId }: GraphqlRequest,
  { responses, catalog }: Options,
): Promise<ResponseCacheKey | null> {
  if (responses === null) return null;
  const scope = await withoutWaiting(catalog.scopeOf({ caller, requestId }));
  if (scope === null) return null;
  return [scope, JSON.stringify(caller.view), method, headers.accept ?? '', text].join('\n');
}

/** null: the outcome needs something from outside this process, or is a failure. */
function withoutWaiting<T>(value: T | Promise<T>): Promise<T | null> {
  const nextRound = new Promise<null>((resolve) => {
    setImmediate(resolve, null);
  });
  return Promise.race([Promise.resolve(value).catch(() => null), nextRound]);
}

function fromCache(
  { response, maxAgeSeconds }: NonNullable<ReturnType<ResponseCache['get']>>,
  { requestId, startedAt }: GraphqlRequest,
  { report, now }: Options,
): GraphqlResponse {
  const { body, headers, usage, operationName: name } = response;
  const durationMs = now() - startedAt;
  reportOperation(report, { requestId, name, usage, durationMs, isCached: true });
  const freshness = { 'cache-control': cacheControl([], { seconds: maxAgeSeconds }) };
  return { status: 200, headers: { ...headers, ...freshness }, body };
}

/** null: Apollo runs the operation. */
async function runCompiled(
  request: GraphqlRequest,
  covered: CoveredRequest,
  context: Context,
  types: ContentTypes,
  { operations, report }: Options,
): Promise<Executed | null> {
  const type = types.for(request);
  if (operations === null || type === undefined) return null;
  const outcome = await operations.run(covered, context);
  if (outcome.kind === 'not_covered') return null;
  const { data, document, operation } = outcome;
  const { call, requestId, startedAt, now } = context;
  const usage = settledUsage(call);
  const name = shownName(operation.name?.value);
  reportOperation(report, {
    requestId,
    name,
    usage,
    durationMs: now() - startedAt,
    isCached: false,
  });
  const headers = {
    'cache-control': cacheControl([], call.validity),
    'content-type': type,
    ...(request.method === 'GET' && { etag: weakTag(data) }),
  };
  const response = { status: 200, headers, body: wholeBody(data, usage) };
  return { response, operationName: name, isKept: !selectsMeta(document) };
}

function reportOperation(
  report: Report,
  operation: {
    readonly requestId: string;
    readonly name: string | null;
    readonly usage: Usage;
    readonly durationMs: number;
    readonly isCached: boolean;
  },
): void {
  report({ type: 'operation', kind: 'query', outcome: 'OK', unexpected: [], ...operation });
}

function keep(
  key: ResponseCacheKey,
  { headers, body }: GraphqlResponse,
  operationName: string | null,
  { call: { usage } }: Context,
  { responses, hits }: Options,
): void {
  const read = hits.of(usage);
  if (!isFromCache(usage) || read.length !== usage.cached) return;
  const { 'cache-control': _, ...kept } = headers;
  const response: CachedResponse = {
    body: Buffer.from(body),
    headers: kept,
    usage: { ...usage },
    operationName,
  };
  responses?.set(key, response, read);
}

/** All data was in the cache, and fresh: the cost that a cached response repeats is the real cost. */
function isFromCache({ calls, coalesced, stale, retries, waitMs }: Usage): boolean {
  return calls + coalesced + stale + retries + waitMs === 0;
}

const metaSelections = new WeakMap<DocumentNode, boolean>();

/** `meta` has the age of the data, which differs each time. */
function selectsMeta(document: DocumentNode): boolean {
  const known = metaSelections.get(document) ?? findsMeta(document);
  metaSelections.set(document, known);
  return known;
}

function findsMeta(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    Field({ name }) {
      if (name.value !== 'meta') return undefined;
      isFound = true;
      return BREAK;
    },
  });
  return isFound;
}

/** The content types that Apollo has chosen for values of `Accept`. */
class ContentTypes {
  readonly #byAccept = new LRUCache<string, string>({ max: 100 });

  /** undefined: Apollo has not chosen one yet. */
  for({ headers: { accept = '' } }: GraphqlRequest): string | undefined {
    return this.#byAccept.get(accept);
  }

  note({ headers: { accept = '' } }: GraphqlRequest, { headers }: GraphqlResponse): void {
    const type = headers['content-type'];
    if (type !== undefined && accept.length <= MAX_ACCEPT) this.#byAccept.set(accept, type);
  }
}

const MAX_ACCEPT = 1000;
