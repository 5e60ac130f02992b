// Answers GraphQL requests in front of Apollo: from a cache of whole responses, or by a compiled operation. Every other
// request is left to Apollo. The module is optional: only app.ts imports it.
import { BREAK, type DocumentNode, visit } from 'graphql';
import type { OnHit } from '../cache/read-through.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Config } from '../config/config.js';
import type { IsCurrent, Usage } from '../domain/call.js';
import type { Report } from '../domain/events.js';
import {
  cacheControl,
  callsHeader,
  settledUsage,
  shownName,
} from '../graphql/complete-response.js';
import type { Context, CreateContext } from '../graphql/context.js';
import {
  type Execute,
  type GraphqlRequest,
  type GraphqlResponse,
  weakTag,
  wholeBody,
} from '../graphql/execute.js';
import type { Clock } from '../lib/time.js';
import { CompiledOperations, type CompiledOperationsOptions } from './compiled-operations.js';
import { type CoveredRequest, readCovered } from './covered-request.js';
import {
  type CachedResponse,
  CacheHits,
  createResponseCache,
  type ResponseCache,
} from './response-cache.js';

export interface AcceleratorParts extends Omit<CompiledOperationsOptions, 'maxBytes'> {
  readonly catalog: Pick<Catalog, 'scopeOf'>;
  readonly isCurrent: IsCurrent;
}

export interface Accelerator {
  /** Notes the cache entries that operations read, for the cached responses that are made from them. */
  readonly onHit: OnHit | undefined;
  /** Gives a function that makes of an `Execute` one that does the same, faster. */
  open(parts: AcceleratorParts): (execute: Execute, createContext: CreateContext) => Execute;
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
    open({ catalog, isCurrent, ...parts }) {
      const maxBytes = memory.compiledOperations;
      const options: Options = {
        responses: responseCache
          ? createResponseCache({ maxBytes: memory.responses, isCurrent, now })
          : null,
        operations: compiledOperations ? new CompiledOperations({ ...parts, maxBytes }) : null,
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
  /** The monotonic clock. */
  readonly now: () => number;
}

function accelerate(execute: Execute, createContext: CreateContext, options: Options): Execute {
  const { responses, operations } = options;

  function answerFromCache(
    { response, maxAgeSeconds }: NonNullable<ReturnType<ResponseCache['get']>>,
    request: GraphqlRequest,
  ): GraphqlResponse {
    const { body, usage, operationName } = response;
    reportQuery(options, request, operationName, usage, true);
    const freshness = cacheControl([], { seconds: maxAgeSeconds });
    return { status: 200, headers: { ...response.headers, 'cache-control': freshness }, body };
  }

  /** null: Apollo runs the operation. */
  async function runCompiled(
    request: GraphqlRequest,
    covered: CoveredRequest,
    context: Context,
  ): Promise<GraphqlResponse | null> {
    const outcome = await operations?.run(covered, context);
    if (outcome?.kind !== 'answered') return null;
    const { data, contentType, document, operationName } = outcome;
    const { call, summary } = context;
    const usage = settledUsage(call);
    summary.name = shownName(operationName);
    summary.document = document;
    reportQuery(options, request, summary.name, usage, false);
    const headers = {
      'cache-control': cacheControl([], call.validity),
      'x-upstream-calls': callsHeader(usage),
      'content-type': contentType,
      ...(request.method === 'GET' && { etag: weakTag(data) }),
    };
    return { status: 200, headers, body: wholeBody(data, usage) };
  }

  async function run(
    request: GraphqlRequest,
    covered: CoveredRequest,
    context: Context,
  ): Promise<GraphqlResponse> {
    const compiled = await runCompiled(request, covered, context);
    if (compiled !== null) return compiled;
    const response = await execute(request, context);
    const type = response.headers['content-type'];
    const { document } = context.summary;
    if (isWhole(response) && document && type) operations?.note(covered, document, type);
    return response;
  }

  return async (request) => {
    const covered = readCovered(request);
    if (covered === null) return execute(request);
    const key = responses && (await keyOf(request, options));
    const cached = key && responses?.get(key);
    if (cached) return answerFromCache(cached, request);
    const context = createContext(request);
    const response = await run(request, covered, context);
    if (key !== null && isWhole(response)) keep(key, response, context, options);
    return response;
  };
}

/** Without errors. */
function isWhole({ status, headers }: GraphqlResponse): boolean {
  return status === 200 && headers['cache-control'] !== 'no-store';
}

/** null: the caller's scope is not known without waiting, or never; the run waits for it, and reports its errors. */
async function keyOf(
  { method, headers, text, caller, requestId }: GraphqlRequest,
  { catalog }: Options,
): Promise<string | null> {
  const nextRound = new Promise<null>((resolve) => {
    setImmediate(resolve, null);
  });
  const known = catalog.scopeOf({ caller, requestId }).catch(() => null);
  const scope = await Promise.race([known, nextRound]);
  if (scope === null) return null;
  return [scope, JSON.stringify(caller.view), method, headers.accept ?? '', text].join('\n');
}

function reportQuery(
  { report, now }: Options,
  { requestId, startedAt }: GraphqlRequest,
  name: string | null,
  usage: Usage,
  isFromResponseCache: boolean,
): void {
  const durationMs = now() - startedAt;
  const operation = { requestId, name, usage, durationMs, isFromResponseCache };
  report({ type: 'operation', kind: 'query', outcome: 'OK', unexpected: [], ...operation });
}

function keep(
  key: string,
  { headers, body }: GraphqlResponse,
  { call: { usage }, summary: { name: operationName, document } }: Context,
  { responses, hits }: Options,
): void {
  const read = hits.of(usage);
  if (!isFromCache(usage) || read.length !== usage.cached) return;
  if (document === null || selectsMeta(document)) return;
  const { 'cache-control': _, ...kept } = headers;
  const response: CachedResponse = {
    body: body.toString(),
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

/** `meta` has the age of the data, which differs each time. */
function selectsMeta(document: DocumentNode): boolean {
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
