// Answers GraphQL requests in front of Apollo: from a cache of whole responses, or by a compiled operation. Every other
// request is left to Apollo. The module is optional: only app.ts imports it.
import type { MemoryStore } from '../cache/memory-store.js';
import type { OnHit } from '../cache/read-through.js';
import type { Scopes } from '../catalog/scope.js';
import type { Config } from '../config/config.js';
import type { Usage } from '../domain/call.js';
import { askedBy } from '../domain/caller.js';
import type { Report } from '../domain/events.js';
import type { Context, CreateContext } from '../graphql/context.js';
import type {
  CacheLookup,
  Execute,
  GetCached,
  GraphqlRequest,
  ReceivedRequest,
} from '../graphql/execute.js';
import { shownName } from '../graphql/limits/short-texts.js';
import { cacheControl, callsHeader, settledUsage, wholeBody } from '../graphql/response-parts.js';
import type { CacheUse } from '../lib/measured-lru.js';
import { compressed, type WholeResponse, weakTag } from '../lib/response.js';
import type { Clock } from '../lib/time.js';
import { CompiledOperations, type CompiledOperationsOptions } from './compiled-operations.js';
import { type CoveredRequest, readCovered } from './covered-request.js';
import {
  CacheHits,
  createResponseCache,
  isPlain,
  keyOf,
  type ResponseCache,
} from './response-cache.js';

export interface AcceleratorParts extends Omit<CompiledOperationsOptions, 'maxBytes'> {
  readonly scopes: Scopes;
  readonly isCurrent: MemoryStore['isCurrent'];
}

export interface Accelerator {
  /** Notes the cache entries that operations read, for the cached responses that are made from them. */
  readonly onHit: OnHit | undefined;
  open(parts: AcceleratorParts): Opened;
}

interface Opened {
  /** undefined: no responses are cached. */
  readonly getCached: GetCached | undefined;
  /** Makes of an `Execute` one that does the same, faster. */
  accelerate(execute: Execute, createContext: CreateContext): Execute;
  /** Its caches that are on, by name. */
  readonly caches: Readonly<Record<string, () => CacheUse>>;
}

interface Base {
  readonly config: Config;
  readonly report: Report;
  readonly clock: Clock;
}

export function createAccelerator({ config, report, clock }: Base): Accelerator {
  const { memory, responseCache, compiledOperations } = config;
  const { monotonic: now } = clock;
  const hits = new CacheHits();
  return {
    onHit: responseCache ? hits.onHit : undefined,
    open({ scopes, isCurrent, ...parts }) {
      const responses = createResponseCache({ maxBytes: memory.responses, isCurrent, now });
      const maxBytes = memory.compiledOperations;
      const operations = compiledOperations ? new CompiledOperations({ ...parts, maxBytes }) : null;
      const options = { responses, operations, hits, scopes, report, now };
      return {
        getCached: responseCache ? (request) => getCached(request, options) : undefined,
        accelerate: (execute, createContext) => accelerate(execute, createContext, options),
        caches: {
          ...(responseCache && { responses: responses.use }),
          ...(operations && { compiled_operations: operations.use }),
        },
      };
    },
  };
}

interface Options {
  readonly responses: ResponseCache;
  /** null: off. */
  readonly operations: CompiledOperations | null;
  readonly hits: CacheHits;
  readonly scopes: Scopes;
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
}

/**
 * Finds nothing where the caller's access must still be requested: the run waits for it, within its deadline, and reports
 * its errors.
 */
function getCached(request: ReceivedRequest, options: Options): CacheLookup {
  const { responses, scopes } = options;
  if (!isPlain(request)) return { kind: 'miss', cacheKey: null };
  const scope = scopes.known(request.caller);
  const cacheKey = scope && keyOf(request, scope);
  const cached = cacheKey && responses.get(cacheKey);
  if (!cached) return { kind: 'miss', cacheKey };
  const { body, headers, usage, operationName } = cached.response;
  reportQuery(options, request, operationName, usage, true);
  const freshness = cacheControl([], { seconds: cached.maxAgeSeconds, showsAge: false });
  const response = { status: 200, headers: { ...headers, 'cache-control': freshness }, body };
  return { kind: 'hit', response };
}

function accelerate(execute: Execute, createContext: CreateContext, options: Options): Execute {
  const { operations } = options;

  /** null: Apollo runs the operation. */
  async function runCompiled(
    request: GraphqlRequest,
    covered: CoveredRequest,
    context: Context,
  ): Promise<WholeResponse | null> {
    const outcome = await operations?.run(covered, context);
    if (outcome?.kind !== 'answered') return null;
    const { data, contentType, document, operationName } = outcome;
    const { call, summary } = context;
    const usage = settledUsage(context);
    summary.name = shownName(operationName);
    summary.document = document;
    reportQuery(options, request, summary.name, usage, false);
    const headers: Record<string, string> = {
      'cache-control': cacheControl([], call.validity),
      'x-upstream-calls': callsHeader(usage),
      'content-type': contentType,
    };
    if (request.method === 'GET') headers.etag = weakTag(data);
    return { status: 200, headers, body: wholeBody(data, usage) };
  }

  async function run(
    request: GraphqlRequest,
    covered: CoveredRequest,
    context: Context,
  ): Promise<WholeResponse> {
    const compiled = await runCompiled(request, covered, context);
    if (compiled !== null) return compiled;
    const response = await execute(request, context);
    const type = response.headers['content-type'];
    const { document, hasErrors } = context.summary;
    if (!hasErrors && document && type) operations?.note(covered, document, type);
    return response;
  }

  return async (request) => {
    const covered = isPlain(request) ? readCovered(request) : null;
    if (covered === null) return execute(request);
    const context = createContext(request);
    const response = await compressed(await run(request, covered, context), request.coding);
    const { cacheKey } = request;
    if (cacheKey !== null && isCacheable(response))
      addToCache(cacheKey, response, context, options);
    return response;
  };
}

/** Without errors, and without the age of its data, which differs each time. */
function isCacheable({ status, headers }: WholeResponse): boolean {
  return status === 200 && headers['cache-control'] !== 'no-store';
}

function reportQuery(
  { report, now }: Options,
  request: ReceivedRequest,
  name: string | null,
  usage: Usage,
  isFromResponseCache: boolean,
): void {
  report({
    type: 'operation',
    ...askedBy(request),
    name,
    kind: 'query',
    durationMs: now() - request.startedAt,
    outcome: 'OK',
    usage,
    isFromResponseCache,
    isCompiled: !isFromResponseCache,
    unexpected: [],
  });
}

function addToCache(
  key: string,
  { headers, body }: WholeResponse,
  { call: { usage }, summary: { name: operationName } }: Context,
  { responses, hits }: Options,
): void {
  const read = hits.of(usage);
  if (!isFromCache(usage) || read.length !== usage.cached) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  responses.set(key, { headers, body: bytes, usage: { ...usage }, operationName }, read);
}

/** All data was in the cache, and fresh: the cost that a cached response repeats is the real cost. */
function isFromCache({ calls, coalesced, stale, retries, waitMs }: Usage): boolean {
  return calls + coalesced + stale + retries + waitMs === 0;
}
