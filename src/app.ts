// The composition root: builds every part from one Config and joins them; it decides nothing itself.
import { randomUUID } from 'node:crypto';
import type { Catalog } from './catalog/catalog.js';
import type { Config } from './config.js';
import { createBudget } from './domain/budget.js';
import { createUsage } from './domain/call.js';
import type { Report } from './domain/events.js';
import { createLoaders } from './graphql/loaders.js';
import { createSchema, printSdl } from './graphql/schema.js';
import { createGraphqlServer } from './graphql/server.js';
import { type CreateContext, graphqlEndpoint } from './http/graphql-endpoint.js';
import { createListener } from './http/listener.js';
import { metricsRoute } from './http/metrics-route.js';
import { playgroundRoute } from './http/playground.js';
import { probeRoutes, type Readiness } from './http/probes.js';
import type { Route } from './http/route.js';
import { schemaRoute } from './http/schema-route.js';
import { startHttpServer } from './http/server.js';
import { startRegistry } from './registry.js';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.js';

export interface App {
  readonly url: string;
  /** null: the metrics are at `url`. */
  readonly metricsUrl: string | null;
  /** Where the models come from, in words for the ready line. */
  readonly source: string;
  /** Finishes what is in flight, then closes everything. */
  close(): Promise<void>;
}

/** What a response may still need after the deadline of its operation. */
const DRAIN_MARGIN_MS = 1000;

/** What a test looks at or turns by hand. */
export interface Surroundings {
  /** Sees every event beside log and metrics. */
  readonly observe?: Report;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export async function startApp(
  config: Config,
  { observe = () => {}, now = Date.now }: Surroundings = {},
): Promise<App> {
  const telemetry = startTelemetry(config.logLevel, observe);
  const { report, metrics } = telemetry;
  const registry = await startRegistry(config, report, now);
  const graphql = await startGraphql(config, registry.catalog, { ...telemetry, now });

  let status: Readiness['status'] = 'starting';
  const readiness = () => ({
    status,
    parts: { upstream: telemetry.upstream(), ...registry.readiness() },
  });
  const listen = (port: number, routes: Iterable<[string, Route]>) =>
    startHttpServer({
      host: config.listen.host,
      port,
      listener: createListener({
        routes: new Map(routes),
        corsOrigins: config.corsOrigins,
        loopbackOnly: config.listen.isLoopback,
        report,
      }),
    });
  const metricsRoutes: [string, Route][] = [['/metrics', metricsRoute(metrics.expose)]];
  const { metricsPort } = config;
  const metricsServer = metricsPort === null ? null : await listen(metricsPort, metricsRoutes);
  const beside = metricsServer === null ? metricsRoutes : [];
  const http = await listen(config.listen.port, [
    ...graphql.routes,
    ...probeRoutes(readiness),
    ...beside,
  ]);
  status = 'ready';

  return {
    url: http.url,
    metricsUrl: metricsServer?.url ?? null,
    source: registry.source,
    async close() {
      status = 'draining';
      await http.drain(config.requestTimeoutMs + DRAIN_MARGIN_MS);
      await metricsServer?.drain(DRAIN_MARGIN_MS);
      await graphql.stop();
      await registry.close();
    },
  };
}

interface GraphqlParts extends Pick<Telemetry, 'logger' | 'report'> {
  readonly now: () => number;
}

async function startGraphql(config: Config, catalog: Catalog, parts: GraphqlParts) {
  const { logger, report, now } = parts;
  const schema = createSchema({ relayNode: config.relayNode });
  const introspection = config.playground;
  const { callsPerOperation, isListBatching } = config.upstream;
  const server = createGraphqlServer({
    ...{ schema, introspection, logger, report, now, catalog },
    pricing: { callsPerOperation, isListBatching },
  });
  await server.start();
  const createContext: CreateContext = ({ requestId, isExplain, budget, ...request }) => {
    // Until callers have names, each operation is one: it takes its turn, and all see the same.
    const caller = { lane: randomUUID(), view: 'all', workspaces: null };
    const call = {
      ...request,
      caller,
      usage: createUsage(),
      validity: { seconds: null },
      // Only a lowered budget stops a run: the other was held against the price.
      budget: createBudget(budget === null ? undefined : Math.min(budget, callsPerOperation)),
      selections: { count: 0 },
    };
    const loaders = createLoaders(catalog, call);
    return { requestId, call, loaders, pageCaps: catalog.pageCaps, isExplain };
  };
  const timeoutMs = config.requestTimeoutMs;
  const routes = new Map([
    ['/graphql', graphqlEndpoint({ server, createContext, timeoutMs, now })],
    ['/schema.graphql', schemaRoute(printSdl(schema))],
  ]);
  if (config.playground) routes.set('/', playgroundRoute());
  return { routes, stop: () => server.stop() };
}
