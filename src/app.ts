// The composition root: builds every part from one Config and joins them; it decides nothing itself.
import { type Catalog, createCatalog } from './catalog/catalog.js';
import type { Config, PaiTarget } from './config.js';
import { createUsage } from './domain/call.js';
import type { Event, Report } from './domain/events.js';
import { createLoaders } from './graphql/loaders.js';
import { createSchema, printSdl } from './graphql/schema.js';
import { createGraphqlServer } from './graphql/server.js';
import { type CreateContext, graphqlEndpoint } from './http/graphql-endpoint.js';
import { createListener } from './http/listener.js';
import { playgroundRoute } from './http/playground.js';
import { probeRoutes, type Readiness } from './http/probes.js';
import { schemaRoute } from './http/schema-route.js';
import { startHttpServer } from './http/server.js';
import { createPaiClient } from './pai/client.js';
import { type CredentialSource, chainCredentials, staticCredentials } from './pai/credentials.js';
import { regionalEndpoint } from './pai/endpoint.js';
import { singleAttempt } from './pai/policy.js';
import { createTransport } from './pai/transport.js';
import { type Sandbox, startSandbox } from './sandbox/sandbox.js';
import { createLogger, type Logger, logEvent } from './telemetry/log.js';
import { createUpstreamStatus } from './telemetry/upstream-status.js';

export interface App {
  readonly url: string;
  /** Where the models come from, in words for the ready line. */
  readonly source: string;
  /** Finishes what is in flight, then closes everything. */
  close(): Promise<void>;
}

const SANDBOX_KEY = { accessKeyId: 'sandbox', accessKeySecret: 'sandbox-secret' };

/** What a response may still need after the deadline of its operation. */
const DRAIN_MARGIN_MS = 1000;

interface Upstream {
  readonly baseUrl: string;
  readonly region: string | null;
  readonly credentials: CredentialSource;
  readonly sandbox: Sandbox | null;
}

/** `observe` sees every event beside the log. */
export async function startApp(config: Config, observe: Report = () => {}): Promise<App> {
  const logger = createLogger(config.logLevel);
  const upstreamStatus = createUpstreamStatus();
  const report = (event: Event) => {
    upstreamStatus.observe(event);
    logEvent(logger, event);
    observe(event);
  };

  const upstream = await chooseUpstream(config.upstream.target);
  const transport = createTransport({
    baseUrl: upstream.baseUrl,
    credentials: upstream.credentials,
    timeoutMs: config.upstream.timeoutMs,
    maxSockets: config.upstream.concurrency,
  });
  const client = createPaiClient({ transport, policy: singleAttempt(), report, now: Date.now });
  const catalog = createCatalog({
    client,
    region: upstream.region,
    pageSizeMax: config.upstream.pageSizeMax,
  });

  let status: Readiness['status'] = 'starting';
  const readiness = () => ({
    status,
    parts: { upstream: upstreamStatus.last(), credentials: upstream.credentials.status() },
  });
  const graphql = await startGraphql(config, { catalog, logger, report });
  const http = await startHttpServer({
    ...config.listen,
    listener: createListener({
      routes: new Map([...graphql.routes, ...probeRoutes(readiness)]),
      corsOrigins: config.corsOrigins,
      loopbackOnly: config.listen.isLoopback,
      report,
    }),
  });
  status = 'ready';

  return {
    url: http.url,
    source: upstream.sandbox ? 'sample models of the embedded sandbox' : upstream.baseUrl,
    async close() {
      status = 'draining';
      await http.drain(config.requestTimeoutMs + DRAIN_MARGIN_MS);
      await graphql.stop();
      transport.close();
      await upstream.sandbox?.close();
    },
  };
}

interface GraphqlParts {
  readonly catalog: Catalog;
  readonly logger: Logger;
  readonly report: Report;
}

async function startGraphql(config: Config, { catalog, logger, report }: GraphqlParts) {
  const schema = createSchema({ relayNode: config.relayNode });
  const introspection = config.playground;
  const server = createGraphqlServer({ schema, introspection, logger, report, now: Date.now });
  await server.start();
  const createContext: CreateContext = ({ requestId, signal }) => {
    const call = { signal, usage: createUsage() };
    const loaders = createLoaders(catalog, call);
    return { requestId, call, loaders, pageCaps: catalog.pageCaps };
  };
  const timeoutMs = config.requestTimeoutMs;
  const routes = new Map([
    ['/graphql', graphqlEndpoint({ server, createContext, timeoutMs })],
    ['/schema.graphql', schemaRoute(printSdl(schema))],
  ]);
  if (config.playground) routes.set('/', playgroundRoute());
  return { routes, stop: () => server.stop() };
}

/** The credentials of the cloud are never touched when the sandbox is used. */
async function chooseUpstream(target: PaiTarget | null): Promise<Upstream> {
  if (target === null) {
    const sandbox = await startSandbox();
    const credentials = staticCredentials(SANDBOX_KEY);
    return { baseUrl: sandbox.url, region: 'sandbox', credentials, sandbox };
  }
  const { region, network, endpoint, key } = target;
  return {
    baseUrl: endpoint ?? regionalEndpoint(region ?? '', network),
    region,
    credentials: key ? staticCredentials(key) : chainCredentials(),
    sandbox: null,
  };
}
