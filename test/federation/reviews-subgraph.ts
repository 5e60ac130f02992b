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
  /** In the order of the ranking. */
  readonly reviews?: readonly Review[];
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

function resolversFor(reviews: readonly Review[], ownsNode: boolean) {
  const starsById = new Map(reviews.map(({ modelId, stars }) => [modelId, stars]));
  const downloadsById = new Map(
    reviews.map((review) => [idOf(withoutNode(review)), review.downloads]),
  );
  const keyOf = (review: Review): VersionKey =>
    ownsNode ? { id: idOf(withoutNode(review)) } : withoutNode(review);
  return {
    Query: {
      topReviewed: () => reviews.map(({ modelId }) => ({ id: modelId })),
      reviewsPage: (_: unknown, { first }: { first: number }) => ({
        reviews: reviews.slice(0, first),
        pageInfo: {
          hasNextPage: first < reviews.length,
          hasPreviousPage: false,
          startCursor: 'review-1',
          endCursor: `review-${Math.min(first, reviews.length)}`,
        },
      }),
      ...(ownsNode && { node: (_: unknown, key: ModelKey) => key }),
    },
    Review: { model: ({ modelId }: Review) => ({ id: modelId }), version: keyOf },
    Model: {
      __resolveReference: ({ id }: ModelKey) => ({ id }),
      stars: ({ id }: ModelKey) => starsById.get(id) ?? null,
    },
    ModelVersion: {
      __resolveReference: (key: VersionKey) => key,
      downloads: (key: VersionKey) => downloadsById.get(idOf(key)) ?? null,
    },
    ...(ownsNode && {
      Node: {
        __resolveType: ({ id }: ModelKey) => (downloadsById.has(id) ? 'ModelVersion' : 'Model'),
      },
    }),
  };
}

function withoutNode({ modelId, versionName }: Review) {
  return { modelId, versionName };
}

interface ReviewsSubgraph extends AsyncDisposable {
  readonly url: string;
}

export async function startReviews(options: ReviewsOptions = {}): Promise<ReviewsSubgraph> {
  const { reviews = [], ownsNode = false } = options;
  const server = new ApolloServer({
    schema: buildSubgraphSchema({
      typeDefs: parse(reviewsSdl(ownsNode)),
      resolvers: resolversFor(reviews, ownsNode),
    }),
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
  });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  return { url: new URL(url).origin, [Symbol.asyncDispose]: () => server.stop() };
}
