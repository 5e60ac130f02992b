// The composition root: builds every part from one Config and connects them; it decides nothing itself.
import { type Accelerator, createAccelerator } from './accelerator/accelerator.js';
import { openAdmission } from './admission.js';
import type { Config } from './config/config.js';
import { type Clock, SYSTEM_CLOCK } from './domain/clock.js';
import type { Report } from './domain/events.js';
import { boundExecution } from './graphql/bounded-execution.js';
import { contextFactory } from './graphql/context.js';
import { createDocumentStore } from './graphql/document-store.js';
import { executeWith } from './graphql/execute.js';
import { createDocumentCheck } from './graphql/limits/document-check.js';
import type { DocumentGate } from './graphql/persisted-documents/document-gate.js';
import { createPersistedQueryCache } from './graphql/persisted-query-cache.js';
import { createSchema, printSdl } from './graphql/schema.js';
import { createGraphqlServer } from './graphql/server.js';
import { createTurns } from './graphql/turns.js';
import { type AccessControl, createAccessControl } from './http/access-control.js';
import { graphqlRoute } from './http/graphql-route.js';
import { createListener } from './http/listener.js';
import { createHttpMemory, TIMERS, type Timers } from './http/response-bounds.js';
import type { Route } from './http/route.js';
import { metricsRoute } from './http/routes/metrics-route.js';
import { playgroundRoute } from './http/routes/playground.js';
import { probeRoutes, type Readiness } from './http/routes/probes.js';
import { schemaRoute } from './http/routes/schema-route.js';
import { startHttpServer, TIMEOUTS } from './http/server.js';
import { type Registry, startRedis, startRegistry } from './registry.js';
import { createStartup, type Startup } from './startup.js';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.js';

export interface App {
  readonly url: string;
  /** null: the metrics are at `url`. */
  readonly metricsUrl: string | null;
  /** The source of the models, in words for the ready line. */
  readonly source: string;
  /** Finishes the requests in flight, then closes all parts. */
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
  /** The timers for clients that read slowly. */
  readonly timers?: Timers;
  /** Replaces the heap limit of V8. */
  readonly heapBytes?: number;
}

/** Rejects when a part fails to start; the others are closed by then. */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const { warnings = [], stop = new AbortController().signal, observe = () => {} } = options;
  const telemetry = startTelemetry(config.logLevel, observe);
  for (const warning of warnings) telemetry.logger.warn(warning);
  const onCloseFailed = (error: unknown) =>
    telemetry.report({ type: 'unexpected', requestId: 'none', error });
  const startup = createStartup({ stop, onCloseFailed });
  try {
    return await startParts(config, telemetry, startup, options);
  } catch (error) {
    await startup.close();
    throw error;
  }
}

async function startParts(
  config: Config,
  telemetry: Telemetry,
  startup: Startup,
  options: AppOptions,
): Promise<App> {
  const { now, monotonic } = { ...SYSTEM_CLOCK, ...options };
  const clock = { now, monotonic };
  const { report, metrics } = telemetry;
  const redis = await startRedis(config.redis, { report, clock, startup });
  const parts = { redis, report, clock, startup };
  const accelerator = createAccelerator(config, { report, now: monotonic });
  const registry = await startRegistry(config, { ...parts, onHit: accelerator.onHit });
  const { gate, ...admission } = await openAdmission(config, { ...parts, keysOf: registry.keysOf });
  const accessControl = createAccessControl({ ...admission, report });
  const graphql = await startup.start(
    () =>
      startGraphql(config, registry, {
        ...telemetry,
        now: monotonic,
        accessControl,
        gate,
        accelerator,
      }),
    (started) => started.stop(),
  );

  let status: Readiness['status'] = 'starting';
  const readiness = () => ({
    status,
    parts: { ...admission.readiness(), upstream: telemetry.upstream(), ...registry.readiness() },
  });
  const listen = createListen(config, { report, accessControl, startup, options });
  const { metricsPort } = config;
  const isAlone = metricsPort !== null;
  const metricsRoutes: [string, Route][] = [['/metrics', metricsRoute(metrics.expose, isAlone)]];
  const metricsBounds = { maxConnections: METRICS_CONNECTIONS, drainMs: DRAIN_MARGIN_MS };
  const metricsServer = isAlone ? await listen(metricsPort, metricsRoutes, metricsBounds) : null;
  const routes = [...graphql.routes, ...probeRoutes(readiness), ...(isAlone ? [] : metricsRoutes)];
  const http = await listen(config.listen.port, routes, {
    maxConnections: config.maxConnections,
    drainMs: config.requestTimeoutMs + DRAIN_MARGIN_MS,
  });
  status = 'ready';

  return {
    url: http.url,
    metricsUrl: metricsServer?.url ?? null,
    source: registry.source,
    close() {
      status = 'draining';
      return startup.close();
    },
  };
}

interface ListenParts {
  readonly report: Report;
  readonly accessControl: AccessControl;
  readonly startup: Startup;
  readonly options: AppOptions;
}

interface ServerBounds {
  readonly maxConnections: number;
  readonly drainMs: number;
}

/** All servers share the memory for responses. */
function createListen(config: Config, { report, accessControl, startup, options }: ListenParts) {
  const { listen, corsOrigins, requestTimeoutMs, limits } = config;
  const { host, isLoopback: loopbackOnly } = listen;
  const { timers = TIMERS, heapBytes } = options;
  const memory = createHttpMemory(limits.responseBytes, report, heapBytes);
  // A connection may be silent while an operation runs.
  const timeouts = { ...TIMEOUTS, silenceMs: requestTimeoutMs + TIMEOUTS.silenceMs };
  return (port: number, routes: Iterable<[string, Route]>, bounds: ServerBounds) => {
    const { maxConnections, drainMs } = bounds;
    const served = { routes: new Map(routes), corsOrigins, loopbackOnly, report, accessControl };
    const listener = createListener(served);
    const server = { host, port, maxConnections, memory, report, timers, timeouts, listener };
    return startup.start(
      () => startHttpServer(server),
      (started) => started.drain(drainMs),
    );
  };
}

interface GraphqlParts extends Pick<Telemetry, 'logger' | 'report'> {
  /** The monotonic clock: no code here needs the date. */
  readonly now: () => number;
  readonly accessControl: AccessControl;
  readonly gate: DocumentGate;
  readonly accelerator: Accelerator;
}

async function startGraphql(config: Config, registry: Registry, parts: GraphqlParts) {
  const { logger, report, now, accessControl, gate, accelerator } = parts;
  const { catalog } = registry;
  const schema = createSchema({ relayNode: config.relayNode });
  const { memory } = config;
  const { limits, playground: introspection, requestTimeoutMs: timeoutMs } = config;
  const { callsPerOperation, isListBatching } = config.upstream;
  const pricing = { callsPerOperation, isListBatching, limits };
  const turns = createTurns();
  // This comes before the resolvers are bounded: compiled operations count their own output.
  const accelerate = accelerator.open({
    schema,
    pricing,
    turns,
    catalog,
    isCurrent: registry.isCurrent,
  });
  boundExecution(schema, turns);
  const server = createGraphqlServer({
    schema,
    introspection,
    logger,
    report,
    now,
    catalog,
    pricing,
    maxTokens: limits.tokens,
    documents: createDocumentStore(memory.documents),
    persistedQueries: createPersistedQueryCache(memory.persistedQueries),
  });
  await server.start();
  const { responseBytes } = limits;
  const endpoint = graphqlRoute({
    accessControl,
    maxBodyBytes: limits.bodyBytes,
    documentRules: {
      gate,
      checkDocument: createDocumentCheck(limits, memory.checkedDocuments),
      report,
    },
    createContext: contextFactory({ catalog, callsPerOperation, responseBytes, now }),
    execute: accelerate(executeWith(server)),
    timeoutMs,
    now,
  });
  const routes = new Map([
    ['/graphql', endpoint],
    ['/schema.graphql', schemaRoute(() => printSdl(schema))],
  ]);
  if (config.playground) routes.set('/', playgroundRoute());
  return { routes, stop: () => server.stop() };
}
