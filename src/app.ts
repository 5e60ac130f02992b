// The composition root: builds every part from one Config, in the order in which the parts stand on each other, and
// connects them. It decides nothing about a request.
import { setTimeout } from 'node:timers/promises';
import { printSchema } from 'graphql';
import { type Accelerator, createAccelerator } from './accelerator/accelerator.js';
import { createAuthenticator, roleCallers, serviceCaller } from './auth/authenticator.js';
import { createClientAddress } from './auth/client-address.js';
import { createOperationLimiter } from './auth/operation-limiter.js';
import { Cache } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { keepForMs } from './cache/freshness.js';
import { createMemoryStore } from './cache/memory-store.js';
import type { OnHit } from './cache/read-through.js';
import { createRedisStore } from './cache/redis-store.js';
import { Catalog } from './catalog/catalog.js';
import { createScopes } from './catalog/scope.js';
import type { Config } from './config/config.js';
import { describeRedis, type Report } from './domain/events.js';
import { boundExecution } from './graphql/bounded-execution.js';
import { contextFactory } from './graphql/context.js';
import { createPersistedQueryCache, DocumentStore } from './graphql/document-store.js';
import { executeWith } from './graphql/execute.js';
import { createDocumentCheck } from './graphql/limits/document-check.js';
import { NO_DOCUMENTS, type TrustedDocuments } from './graphql/persisted-documents/manifest.js';
import { createUntrustedReport } from './graphql/persisted-documents/untrusted-documents.js';
import { Pricing } from './graphql/pricing/pricing.js';
import { createSchema, printSdl, toApiSchema } from './graphql/schema.js';
import { createGraphqlServer } from './graphql/server.js';
import { createTurns } from './graphql/turns.js';
import { type AccessControl, createAccessControl } from './http/access-control.js';
import { graphqlRoute } from './http/graphql-route.js';
import { createListener } from './http/listener.js';
import { createHttpMemory, type StartTimer } from './http/response-bounds.js';
import type { Route } from './http/route.js';
import { playgroundRoute } from './http/routes/playground.js';
import {
  metricsRoute,
  probeRoutes,
  type Readiness,
  schemaRoute,
} from './http/routes/service-routes.js';
import { startHttpServer, TIMEOUTS } from './http/server.js';
import { type Inputs, openInputs } from './inputs.js';
import { type Clock, dateOf, SYSTEM_CLOCK } from './lib/time.js';
import { createPaiClient } from './pai/client.js';
import { createPaiClock } from './pai/clock-skew.js';
import { createPolicy } from './pai/policy.js';
import { Quota } from './pai/quota/quota.js';
import { type CallerCredentials, createCallerCredentials } from './pai/sts/caller-credentials.js';
import { createTransport } from './pai/transport.js';
import type { Redis } from './redis/redis.js';
import { createStartup, type Startup } from './startup.js';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.js';
import type { Traces } from './telemetry/traces.js';

export interface App {
  readonly url: string;
  /** null: the metrics are at `url`. */
  readonly metricsUrl: string | null;
  /** The source of the models, in words for the ready line. */
  readonly source: string;
  /** Serves on for SHUTDOWN_DELAY_MS, finishes the requests in flight, then closes all parts. */
  close(): Promise<void>;
}

/** The time that a response may still need after the deadline of its operation. */
const DRAIN_MARGIN_MS = 1000;
/** The bound for METRICS_PORT, which only scrapers use. */
const METRICS_CONNECTIONS = 100;

/** Tests give clocks of their own. */
export interface AppOptions extends Partial<Clock> {
  /** Doubtful settings, to be logged. */
  readonly warnings?: readonly string[];
  /** Ends the start; to end an app that has started, close it. */
  readonly stop?: AbortSignal;
  /** For tests: gets every event, as log and metrics do. */
  readonly observe?: Report;
  /** The timer for clients that read slowly. */
  readonly timer?: StartTimer | undefined;
  /** Replaces the heap limit of V8. */
  readonly heapBytes?: number;
}

/** Rejects when a part fails to start; the others are closed by then. */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const { warnings = [], stop = new AbortController().signal, observe } = options;
  const { now, monotonic } = { ...SYSTEM_CLOCK, ...options };
  const { logLevel, traces } = config;
  const telemetry = startTelemetry({ logLevel, hasTraces: traces !== null, observe });
  const { report, logger } = telemetry;
  for (const warning of warnings) logger.warn(warning);
  const startup = createStartup(stop, (error) =>
    report({ type: 'unexpected', requestId: 'none', error }),
  );
  const base = { config, options, telemetry, report, startup, clock: { now, monotonic } };
  try {
    return await startParts(base);
  } catch (error) {
    await startup.close();
    throw error;
  }
}

/** All builders below take these, and the parts that they stand on. */
interface Base {
  readonly config: Config;
  readonly options: AppOptions;
  readonly telemetry: Telemetry;
  readonly report: Report;
  readonly clock: Clock;
  readonly startup: Startup;
}

async function startParts(base: Base): Promise<App> {
  const { config, telemetry, report, startup } = base;
  const traces = await startTraces(base);
  let redis: Redis | null = null;
  const inputs = await openInputs(base, (target) => redis?.moveTo(target));
  redis = await startRedis(base, inputs);
  const pai = await startPai(base, redis, inputs);
  const accelerator = createAccelerator(base);
  const cached = openCatalog(base, redis, pai, accelerator.onHit);
  const auth = startAuth(base, redis, pai.sts, inputs);
  const routes = await startGraphql(
    base,
    cached,
    { ...auth, documents: inputs.documents ?? NO_DOCUMENTS },
    accelerator,
  );

  let status: Readiness['status'] = 'starting';
  const readiness = () => ({
    status,
    parts: {
      ...auth.readiness(),
      ...(inputs.documents && { trustedDocuments: inputs.documents.status() }),
      upstream: telemetry.upstream(),
      ...pai.readiness(),
      redis: redis === null ? 'off' : healthOf(redis),
      ...(inputs.redisTarget && { redisUrl: inputs.redisTarget.status() }),
      ...(traces && { traces: traces.status() }),
      listBatching: cached.catalog.listStatus(),
      cacheIsolation: isolationOf(config),
    },
  });
  const probed = [...routes, ...probeRoutes(readiness)];
  const http = await startHttp(base, auth.accessControl, probed, traces);
  status = 'ready';

  return {
    url: http.url,
    metricsUrl: http.metricsUrl,
    source: pai.upstream.source,
    async close() {
      status = 'draining';
      const { shutdownDelayMs: delayMs } = config;
      const beganAt = performance.now();
      report({ type: 'shutdown_began', delayMs });
      http.closeBehindResponses();
      await setTimeout(delayMs);
      await startup.close();
      const durationMs = performance.now() - beganAt;
      report({ type: 'shutdown_ended', durationMs, cutRequests: http.cutRequests() });
    },
  };
}

/** It starts first and closes last, so that it sends the spans of all requests. null: off. */
async function startTraces({ config, report, startup }: Base): Promise<Traces | null> {
  const { traces } = config;
  if (traces === null) return null;
  const { openTraces } = await import('./telemetry/traces.js');
  return startup.start(() => openTraces({ ...traces, report }));
}

/** The Redis client is loaded only where it is used: reading code is most of the cost of a start. */
async function startRedis(
  { config, report, clock, startup }: Base,
  { redisTarget, redisCa: ca }: Inputs,
): Promise<Redis | null> {
  if (config.redis === null) return null;
  const { openRedis } = await import('./redis/redis.js');
  const target = redisTarget?.current() ?? config.redis.target;
  if (target === null) return null;
  const access = { ...config.redis.access, ca };
  const options = { ...config.redis, target, access, report, monotonic: clock.monotonic };
  const redis = await startup.start(() => openRedis(options));
  // Until it is known whether Redis works, the starts of the other replicas are not known.
  await redis.known;
  return redis;
}

type Pai = Awaited<ReturnType<typeof startPai>>;

async function startPai(
  { config, report, clock, startup, telemetry }: Base,
  redis: Redis | null,
  { upstream }: Inputs,
) {
  const { identity, requestTimeoutMs, proxy } = config;
  const { timeoutMs, concurrency: maxSockets } = config.upstream;
  const { monotonic } = clock;
  const { baseUrl, account, credentials } = upstream;
  const quota = new Quota({
    ...config.upstream,
    requestTimeoutMs,
    baseUrl,
    account,
    redis: redis?.quota ?? null,
    report,
    monotonic,
  });
  const paiClock = createPaiClock({ baseUrl, clock, report });
  const transport = await startup.start(() =>
    createTransport({ baseUrl, timeoutMs, maxSockets, proxy, now: paiClock.now }),
  );
  const policy = createPolicy({ quota, report, now: monotonic, random: Math.random });
  const calling = { transport, credentials, clock: paiClock, policy, report, now: monotonic };
  // It sends no request before a caller comes.
  const sts =
    identity.kind === 'service'
      ? null
      : await startup.start(() =>
          createCallerCredentials({
            stsEndpoint: identity.stsEndpoint ?? upstream.stsEndpoint,
            oidcProviderArn: identity.oidcProviderArn,
            timeoutMs,
            proxy,
            now: paiClock.now,
            monotonic,
            report,
          }),
        );
  const keys = sts ?? credentials;
  telemetry.metrics.watch({
    quota: () => quota.use(),
    callsInFlight: () => quota.inFlight,
    keysGivenAt() {
      const moment = keys.confirmedAt?.() ?? null;
      return moment === null ? null : dateOf(moment, clock) / 1000;
    },
  });
  return {
    client: createPaiClient(calling),
    quota,
    upstream,
    /** null: PAI is called with the service's keys alone. */
    sts,
    readiness: () => ({
      identity: identity.kind,
      credentials: keys.status(),
      clock: paiClock.status(),
      quota: quotaHealth(quota),
      breaker: telemetry.breaker(),
    }),
  };
}

function openCatalog(
  { config, report, clock, telemetry }: Base,
  redis: Redis | null,
  { client, quota, upstream }: Pai,
  onHit?: OnHit,
) {
  const { namespace, ...limits } = config.cache;
  const { region, baseUrl: endpoint, credentials } = upstream;
  const { monotonic: now } = clock;
  const keep = (entry: Entry<unknown>) => keepForMs(entry, now(), limits);
  const memory = createMemoryStore({ maxBytes: config.memory.cache, keepForMs: keep });
  telemetry.metrics.watchCache('answers', memory.use);
  const shared = redis && createRedisStore({ redis: redis.cache, keepForMs: keep, clock });
  const scopes = createScopes({ namespace, region, endpoint }, credentials);
  const catalog = new Catalog({
    client,
    cache: new Cache(memory, shared),
    scopes,
    limits,
    region,
    report,
    now,
    onHit,
    dateOf: (moment) => dateOf(moment, clock),
    revalidationTimeoutMs: config.requestTimeoutMs,
    pageSizeMax: config.upstream.pageSizeMax,
    isListBatching: config.upstream.isListBatching,
    quota: (operation, { caller }) => quota.stateOf(operation, caller),
    leastWaitMs: (operation, { caller }, count) => quota.leastWaitMs(operation, caller, count),
  });
  return { catalog, scopes, isCurrent: memory.isCurrent };
}

function quotaHealth(quota: Quota): string {
  const exhausted = quota.use().filter(({ isExhausted }) => isExhausted);
  const operations = exhausted.map(({ operation }) => operation);
  return operations.length === 0 ? 'ok' : `exhausted: ${operations.join(', ')}`;
}

function healthOf(redis: Redis): string {
  const state = redis.state();
  return state.kind === 'up' ? 'ok' : describeRedis(state);
}

function isolationOf({ identity, auth, cache }: Config): string {
  if (cache.ttlMs === 0) return 'no cache';
  if (identity.kind === 'caller') return 'per caller';
  return auth.methods.length === 0 ? 'per scope' : 'per workspaces';
}

type Auth = ReturnType<typeof startAuth>;

function startAuth(
  { config, clock, telemetry }: Base,
  redis: Redis | null,
  sts: CallerCredentials | null,
  { apiKeys, jwt, roleMap }: Inputs,
) {
  const byName = { 'api-key': apiKeys, jwt };
  const methods = config.auth.methods
    .map((name) => byName[name])
    .filter((method) => method !== null);
  if (jwt !== null) telemetry.metrics.watchCache('tokens', jwt.use);
  const { monotonic } = clock;
  const perSecond = config.operationsPerSecond;
  return {
    accessControl: createAccessControl({
      authenticate: createAuthenticator(
        methods,
        roleMap === null || sts === null ? serviceCaller : roleCallers(roleMap, sts.sourceFor),
      ),
      addressOf: createClientAddress(config.trustedProxies),
      limiter:
        perSecond === null
          ? null
          : createOperationLimiter({ perSecond, redis: redis?.quota ?? null, monotonic }),
    }),
    /** The methods, and for each whether the last read of its keys succeeded. */
    readiness: () => ({
      auth: config.auth.methods.join(',') || 'none',
      ...(apiKeys && { apiKeys: apiKeys.status() }),
      ...(jwt && { jwks: jwt.status() }),
    }),
  };
}

async function startGraphql(
  { config, telemetry, report, clock, startup }: Base,
  cached: ReturnType<typeof openCatalog>,
  { accessControl, documents }: Auth & { readonly documents: TrustedDocuments },
  accelerator: Accelerator,
) {
  const { catalog } = cached;
  const { limits, memory, upstream } = config;
  const { callsPerOperation, isListBatching } = upstream;
  const { monotonic: now } = clock;
  const schema = createSchema(config);
  const isExplainOn = config.explain;
  const options = { callsPerOperation, isListBatching, limits, isExplainOn };
  const pricing = new Pricing(schema, options);
  const turns = createTurns();
  // This comes before the resolvers are bounded: compiled operations count their own output.
  const { getCached, accelerate, caches } = accelerator.open({ schema, pricing, turns, ...cached });
  boundExecution(schema, turns);
  const store = new DocumentStore(memory.documents);
  const persistedQueries = createPersistedQueryCache(memory.persistedQueries);
  const measured = {
    documents: store.use,
    persisted_queries: persistedQueries.use,
    ...caches,
  };
  for (const [name, use] of Object.entries(measured)) telemetry.metrics.watchCache(name, use);
  const server = createGraphqlServer({
    schema,
    introspection: config.playground,
    logger: telemetry.logger,
    report,
    pricing,
    maxTokens: limits.tokens,
    documents: store,
    persistedQueries,
  });
  await startup.start(async () => {
    await server.start();
    return { close: () => server.stop() };
  });
  const { bodyBytes: maxBodyBytes, responseBytes } = limits;
  const shared = { catalog, callsPerOperation, responseBytes, turns, now };
  const createContext = contextFactory(shared);
  const checkDocument = createDocumentCheck(limits, store);
  const { mode } = config.trustedDocuments;
  const endpoint = graphqlRoute({
    accessControl,
    isPublic: config.isPublic,
    corsOrigins: config.corsOrigins,
    maxBodyBytes,
    documentRules: {
      mode,
      documents,
      checkDocument,
      report,
      reportUntrusted: createUntrustedReport(report, now),
    },
    execute: accelerate(executeWith(server, createContext), createContext),
    getCached,
    timeoutMs: config.requestTimeoutMs,
    now,
  });
  const routes: [string, Route][] = [
    ['/graphql', endpoint],
    ['/schema.graphql', schemaRoute(() => printSchema(toApiSchema(schema)))],
    ['/subgraph.graphql', schemaRoute(() => printSdl(schema))],
  ];
  if (config.playground) routes.push(['/', playgroundRoute(isExplainOn)]);
  return routes;
}

/** The metrics have a server of their own where METRICS_PORT is set; both share the memory for responses. */
async function startHttp(
  { config, options, telemetry, report, startup }: Base,
  accessControl: AccessControl,
  routes: [string, Route][],
  traces: Traces | null,
) {
  const { listen, metricsPort, maxConnections, keepAliveMs, corsOrigins } = config;
  const { requestTimeoutMs, limits } = config;
  const { host, isLoopback: loopbackOnly } = listen;
  const { timer, heapBytes } = options;
  const memory = createHttpMemory(limits.responseBytes, report, heapBytes);
  // A connection may be silent while an operation runs.
  const timeouts = { ...TIMEOUTS, silenceMs: requestTimeoutMs + TIMEOUTS.silenceMs };

  let cutRequests = 0;

  function start(
    port: number,
    served: [string, Route][],
    { maxConnections, drainMs }: { maxConnections: number; drainMs: number },
  ) {
    const routes = new Map(served);
    const rules = { corsOrigins, loopbackOnly, accessControl };
    const listener = createListener({ routes, ...rules, report, beginSpan: traces?.begin });
    const bounds = { maxConnections, keepAliveMs, memory, timer, timeouts };
    return startup.start(async () => {
      const server = await startHttpServer({ host, port, listener, report, ...bounds });
      return {
        ...server,
        async close() {
          cutRequests += await server.drain(drainMs);
        },
      };
    });
  }

  const isAlone = metricsPort !== null;
  const metrics: [string, Route] = ['/metrics', metricsRoute(telemetry.metrics.expose, isAlone)];
  const metricsBounds = { maxConnections: METRICS_CONNECTIONS, drainMs: DRAIN_MARGIN_MS };
  const metricsServer = isAlone ? await start(metricsPort, [metrics], metricsBounds) : null;
  const bounds = { maxConnections, drainMs: requestTimeoutMs + DRAIN_MARGIN_MS };
  const server = await start(listen.port, isAlone ? routes : [...routes, metrics], bounds);
  const servers = metricsServer === null ? [server] : [server, metricsServer];
  telemetry.metrics.watch({
    connections: () => servers.reduce((sum, one) => sum + one.connections(), 0),
    responseBytes: memory.responses.heldBytes,
  });
  return {
    url: server.url,
    metricsUrl: metricsServer?.url ?? null,
    cutRequests: () => cutRequests,
    closeBehindResponses() {
      for (const one of servers) one.closeBehindResponses();
    },
  };
}
