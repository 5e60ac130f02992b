// A second subgraph, as another team would write it: it adds to Model and ModelVersion, pages its own
// lists, and knows nothing of PAI. With RELAY_NODE=off at ours, `Node` and `node` are its own.
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { versionId } from '../../src/domain/ids.js';

export interface Review {
  readonly modelId: string;
  readonly versionName: string;
  readonly stars: number;
  readonly downloads: number;
}

interface ReviewsOptions {
  /** Where the subgraph of models leaves Node to others. */
  readonly ownsNode?: boolean;
}

const COMMON = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable"])

  type Query {
    topReviewed: [Model]
    reviewsPage(first: Int!): ReviewPage!
  }

  type ReviewPage {
    reviews: [Review!]!
    pageInfo: PageInfo!
  }

  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }

  type Review {
    stars: Int
    model: Model
    version: ModelVersion
  }
`;

/** By the one key of a version, and in the other variant by the other key. */
const EXTENSIONS = `
  type Model @key(fields: "id") {
    id: ID!
    stars: Int
  }

  type ModelVersion @key(fields: "modelId versionName") {
    modelId: ID!
    versionName: String!
    downloads: Int
  }
`;

const EXTENSIONS_WITH_NODE = `
  interface Node {
    id: ID!
  }

  extend type Query {
    node(id: ID!): Node
  }

  type Model implements Node @key(fields: "id") {
    id: ID!
    stars: Int
  }

  type ModelVersion implements Node @key(fields: "id") {
    id: ID!
    downloads: Int
  }
`;

function reviewsSdl(ownsNode = false): string {
  return COMMON + (ownsNode ? EXTENSIONS_WITH_NODE : EXTENSIONS);
}

interface ModelKey {
  readonly id: string;
}
type VersionKey =
  | { readonly id: string }
  | { readonly modelId: string; readonly versionName: string };

function idOf(key: VersionKey): string {
  return 'id' in key ? key.id : versionId(key.modelId, key.versionName);
}

function resolversFor(ranking: () => readonly Review[], ownsNode: boolean) {
  const keyOf = (review: Review): VersionKey =>
    ownsNode ? { id: idOf(withoutNode(review)) } : withoutNode(review);
  const ofModel = ({ id }: ModelKey) => ranking().find(({ modelId }) => modelId === id);
  const ofVersion = (key: VersionKey) =>
    ranking().find((review) => idOf(withoutNode(review)) === idOf(key));
  return {
    Query: {
      topReviewed: () => ranking().map(({ modelId }) => ({ id: modelId })),
      reviewsPage: (_: unknown, { first }: { first: number }) => ({
        reviews: ranking().slice(0, first),
        pageInfo: {
          hasNextPage: first < ranking().length,
          hasPreviousPage: false,
          startCursor: 'review-1',
          endCursor: `review-${Math.min(first, ranking().length)}`,
        },
      }),
      ...(ownsNode && { node: (_: unknown, key: ModelKey) => key }),
    },
    Review: { model: ({ modelId }: Review) => ({ id: modelId }), version: keyOf },
    Model: {
      __resolveReference: ({ id }: ModelKey) => ({ id }),
      stars: (key: ModelKey) => ofModel(key)?.stars ?? null,
    },
    ModelVersion: {
      __resolveReference: (key: VersionKey) => key,
      downloads: (key: VersionKey) => ofVersion(key)?.downloads ?? null,
    },
    ...(ownsNode && {
      Node: { __resolveType: (key: ModelKey) => (ofVersion(key) ? 'ModelVersion' : 'Model') },
    }),
  };
}

function withoutNode({ modelId, versionName }: Review) {
  return { modelId, versionName };
}

interface ReviewsSubgraph extends AsyncDisposable {
  readonly url: string;
  /** From now on it has these, in the order of the ranking; none at first. */
  setReviews(reviews: readonly Review[]): void;
}

export async function startReviews(options: ReviewsOptions = {}): Promise<ReviewsSubgraph> {
  const { ownsNode = false } = options;
  let ranking: readonly Review[] = [];
  const server = new ApolloServer({
    schema: buildSubgraphSchema({
      typeDefs: parse(reviewsSdl(ownsNode)),
      resolvers: resolversFor(() => ranking, ownsNode),
    }),
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
  });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  return {
    url: new URL(url).origin,
    setReviews(reviews) {
      ranking = reviews;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
