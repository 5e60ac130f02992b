// The executable subgraph, from schema/*.graphql and the resolver map.
import { readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { concatAST, type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { resolvers } from './resolvers/index.js';

const SCHEMA_FOLDER = new URL('../../schema/', import.meta.url);

export function readTypeDefs(): DocumentNode {
  const files = readdirSync(SCHEMA_FOLDER).filter((file) => file.endsWith('.graphql'));
  return concatAST(files.map((file) => parse(readFileSync(new URL(file, SCHEMA_FOLDER), 'utf8'))));
}

export function createSchema(): GraphQLSchema {
  // The generated map and Apollo's say the same of resolvers and differ on scalars (TS2345).
  const modules = { typeDefs: readTypeDefs(), resolvers: resolvers as object };
  return buildSubgraphSchema(modules as Parameters<typeof buildSubgraphSchema>[0]);
}

/** The subgraph as its gateways read it, with the federation directives. */
export function printSdl(schema: GraphQLSchema): string {
  return printSubgraphSchema(schema);
}
