// Real gateways before both subgraphs, behind sockets of their own: Apollo's, and the engine of Hive's.
import { type CompositionResult, composeServices } from '@apollo/composition';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { getStitchedSchemaFromSupergraphSdl } from '@graphql-tools/federation';
import { parse } from 'graphql';
import { type GraphqlAnswer, postGraphql, type TestApp, withApp } from '../support/with-app.js';
import { type Review, startReviews } from './reviews-subgraph.js';

const ENGINES = ['Apollo Gateway', '@graphql-tools/federation'] as const;
type EngineName = (typeof ENGINES)[number];

export const RELAY_NODE = ['on', 'off'] as const;
export type RelayNode = (typeof RELAY_NODE)[number];

/** Every engine before every variant of this subgraph. */
export const GATEWAYS = RELAY_NODE.flatMap((relayNode) =>
  ENGINES.map((engine) => ({ engine, relayNode })),
);

interface Subgraph {
  readonly name: string;
  readonly url: string;
}

/** The first query of a gateway to a subgraph. */
export async function readSdl(url: string): Promise<string> {
  const { data } = await postGraphql(url, { query: '{ _service { sdl } }' });
  return data._service.sdl;
}

/** Composed from the SDL of the running subgraphs. */
export async function compose(subgraphs: readonly Subgraph[]): Promise<CompositionResult> {
  const services = subgraphs.map(async ({ name, url }) => ({
    name,
    url: placeholder(name),
    typeDefs: parse(await readSdl(url)),
  }));
  return composeServices(await Promise.all(services));
}

/** The ports change and the rest does not, so that each variant is composed once. */
const composed = new Map<RelayNode, string>();

async function supergraphOf(relayNode: RelayNode, subgraphs: readonly Subgraph[]) {
  let supergraphSdl = composed.get(relayNode);
  if (supergraphSdl === undefined) {
    const result = await compose(subgraphs);
    if (result.errors) throw new Error(result.errors.join('\n'));
    supergraphSdl = result.supergraphSdl;
    composed.set(relayNode, supergraphSdl);
  }
  return subgraphs.reduce(
    (sdl, { name, url }) => sdl.replace(placeholder(name), `${url}/graphql`),
    supergraphSdl,
  );
}

function placeholder(name: string): string {
  return `http://${name}.invalid/graphql`;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const COMMON_OPTIONS = {
  logger: SILENT,
  stopOnTerminationSignals: false,
  plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
};

function createServer(engine: EngineName, supergraphSdl: string): ApolloServer {
  if (engine === '@graphql-tools/federation') {
    // It makes an HTTP executor for each subgraph of the supergraph.
    const schema = getStitchedSchemaFromSupergraphSdl({ supergraphSdl });
    return new ApolloServer({ ...COMMON_OPTIONS, schema });
  }
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: SILENT,
    buildService: ({ url = '' }) => new RemoteGraphQLDataSource({ url }),
  });
  return new ApolloServer({ ...COMMON_OPTIONS, gateway });
}

export interface Federation extends AsyncDisposable {
  /** The subgraph under test, with its sandbox and the events since the last `begin`. */
  readonly models: TestApp;
  /** Forgets what was before, but for compiled plans; the other subgraph has these reviews. */
  begin(reviews?: readonly Review[]): void;
  /** One request to the gateway, over HTTP. */
  query(query: string, variables?: Record<string, unknown>): Promise<GraphqlAnswer>;
}

interface FederationOptions {
  readonly engine: EngineName;
  readonly relayNode: RelayNode;
}

/** Client → gateway → both subgraphs → sandbox, all over sockets; `await using` stops them all. */
export async function startFederation(options: FederationOptions): Promise<Federation> {
  const { engine, relayNode } = options;
  // A test makes the same calls whatever ran before it.
  const env = {
    RELAY_NODE: relayNode,
    CACHE_TTL_SECONDS: '0',
    UPSTREAM_LIST_BATCHING: 'off',
    UPSTREAM_RATE_PER_SECOND: '1000',
  };
  const models = await withApp({ env });
  const other = await startReviews({ ownsNode: relayNode === 'off' });
  const supergraphSdl = await supergraphOf(relayNode, [
    { name: 'models', url: models.url },
    { name: 'reviews', url: other.url },
  ]);
  const server = createServer(engine, supergraphSdl);
  const listening = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  const url = new URL(listening.url).origin;
  return {
    models,
    begin(reviews = []) {
      other.setReviews(reviews);
      models.sandbox.reset();
      models.events.length = 0;
    },
    query: (query, variables) => postGraphql(url, { query, variables }),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await other[Symbol.asyncDispose]();
      await models[Symbol.asyncDispose]();
    },
  };
}
