// The executable subgraph, from schema/*.graphql and the resolver map.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import {
  concatAST,
  type DocumentNode,
  GraphQLObjectType,
  GraphQLSchema,
  isUnionType,
  parse,
  specifiedDirectives,
} from 'graphql';
import { resolveEntities, typeNameOf } from './entities.js';
import { linkedResolvers, nodeResolvers, resolvers } from './resolvers/index.js';

/** Found by its name in package.json: the build lies at another depth than this file. */
const SCHEMA_FOLDER = dirname(createRequire(import.meta.url).resolve('#schema/query.graphql'));

/** This one file holds all of Relay's Node; another subgraph may own it. */
const NODE_FILE = 'node.graphql';

/** These hold the linked types; the folder has the same types with their ids alone. */
const LINKED_FILES: readonly string[] = [
  'workspace.graphql',
  'workspace-connection.graphql',
  'workspace-queries.graphql',
  'dataset.graphql',
];
const REFERENCES_FOLDER = 'linked-references';

interface SchemaOptions {
  readonly relayNode: boolean;
  /** `reference`: another subgraph owns workspaces and datasets. */
  readonly linkedEntities?: 'resolve' | 'reference';
}

export function createSchema({
  relayNode,
  linkedEntities = 'resolve',
}: SchemaOptions): GraphQLSchema {
  const isOptional = (file: string) => file === NODE_FILE || LINKED_FILES.includes(file);
  // The generated map type and Apollo's agree on resolvers and differ on scalars (TS2345).
  const modules: { typeDefs: DocumentNode; resolvers: object }[] = [
    { typeDefs: readTypeDefs('', (file) => !isOptional(file)), resolvers },
    linkedEntities === 'resolve'
      ? {
          typeDefs: readTypeDefs('', (file) => LINKED_FILES.includes(file)),
          resolvers: linkedResolvers,
        }
      : { typeDefs: readTypeDefs(REFERENCES_FOLDER, () => true), resolvers: {} },
  ];
  if (relayNode) {
    const typeDefs = readTypeDefs('', (file) => file === NODE_FILE);
    modules.push({ typeDefs, resolvers: nodeResolvers });
  }
  const schema = buildSubgraphSchema(modules as Parameters<typeof buildSubgraphSchema>[0]);
  const { _entities, _service } = schema.getQueryType()?.getFields() ?? {};
  if (!_entities || !_service) throw new Error('The schema is not a subgraph.');
  _entities.resolve = resolveEntities;
  const entity = schema.getType('_Entity');
  // Entities stay as they are, without a copy of each that has a __typename.
  if (isUnionType(entity)) entity.resolveType = typeNameOf;
  // Apollo's own text adds every definition of federation; gateways read the published schema.
  _service.resolve = () => ({ sdl: printSdl(schema) });
  return schema;
}

function readTypeDefs(folder: string, isWanted: (file: string) => boolean): DocumentNode {
  const path = join(SCHEMA_FOLDER, folder);
  const files = readdirSync(path).filter((file) => file.endsWith('.graphql') && isWanted(file));
  return concatAST(files.map((file) => parse(readFileSync(join(path, file), 'utf8'))));
}

/** Printing takes longer than an answer: a start does not wait for it, and a schema is printed only once. */
const printed = new WeakMap<GraphQLSchema, string>();

/** The subgraph as its gateways read it, with the federation directives. */
export function printSdl(schema: GraphQLSchema): string {
  const sdl = printed.get(schema) ?? printSubgraphSchema(schema);
  printed.set(schema, sdl);
  return sdl;
}

/** The schema that clients use: without the types, fields and directives that only gateways and the server read. */
export function toApiSchema(schema: GraphQLSchema): GraphQLSchema {
  const query = schema.getQueryType();
  if (!query) throw new Error('The schema has no queries.');
  const { _entities, _service, ...fields } = query.toConfig().fields;
  return new GraphQLSchema({
    description: schema.description,
    // All other types are found through its fields.
    query: new GraphQLObjectType({ ...query.toConfig(), fields }),
    directives: specifiedDirectives,
  });
}
