// The product's own schema files, made executable for the peers.
import { readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { resolvers } from './resolvers.mjs';

const FOLDER = new URL('../../schema/', import.meta.url);
/** Relay's Node is left out: no operation here asks for it. */
const files = readdirSync(FOLDER).filter(
  (file) => file.endsWith('.graphql') && file !== 'node.graphql',
);

function textOf(names) {
  return names.map((file) => readFileSync(new URL(file, FOLDER), 'utf8')).join('\n');
}

export function createSchema() {
  return buildSubgraphSchema({ typeDefs: parse(textOf(files)), resolvers });
}

/** For federation of the first version, which knows neither @link nor @shareable nor @tag. */
export function firstFederationText() {
  return textOf(files.filter((file) => file !== 'federation.graphql'))
    .replaceAll(' @shareable', '')
    .replaceAll(/ @tag\(name: "\w+"\)/g, '')
    .replaceAll(', resolvable: false', '');
}

export { resolvers };
