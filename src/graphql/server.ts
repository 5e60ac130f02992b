// Apollo Server over the subgraph: everything that handles a GraphQL request before its resolvers.
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import type { GraphQLSchema } from 'graphql';
import type { BaseLogger } from 'pino';
import type { Report } from '../domain/events.js';
import { stringifyExactly } from '../lib/json.js';
import { completeResponse } from './complete-response.js';
import type { Context } from './context.js';
import type { DocumentStore, PersistedQueryCache } from './document-store.js';
import { formatError } from './format-error.js';
import { introspection } from './introspection.js';
import { type Pricing, pricingPlugin } from './pricing/pricing.js';

interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly maxTokens: number;
  readonly logger: BaseLogger;
  readonly report: Report;
  readonly pricing: Pricing;
  readonly documents: DocumentStore;
  readonly persistedQueries: PersistedQueryCache;
}

export function createGraphqlServer(options: GraphqlServerOptions): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema: options.schema,
    logger: options.logger,
    introspection: options.introspection,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // src/http/forged-get.ts replaces it: Apollo trusts no other header than its own.
    csrfPrevention: false,
    parseOptions: { maxTokens: options.maxTokens },
    persistedQueries: { cache: options.persistedQueries },
    documentStore: options.documents,
    stringifyResult: (result) => `${stringifyExactly(result)}\n`,
    // "Did you mean …?" names parts of the schema that introspection hides. Apollo's own removal searches messages,
    // which are as long as a client makes them.
    validationOptions: { hideSuggestions: !options.introspection },
    formatError,
    plugins: [
      // Traces for a gateway that requests them (ftv1); set explicitly, it does not announce itself in the log.
      ApolloServerPluginInlineTrace(),
      pricingPlugin(options.pricing),
      introspection(options.schema),
      completeResponse(options.report),
      // It wraps every field, and hints say nothing about this upstream: the cache knows the freshness.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}
