// Three subgraphs of other teams, for tests: each knows the same versions, by its own key.
// `node gateways/subgraphs/main.mjs '[{"id": …, "modelId": …, "versionName": …}]'`
import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';

const versions = JSON.parse(process.argv[2]);
const model = ({ modelId }) => ({ id: modelId });
const byId = ({ id }) => ({ id });
const byName = ({ modelId, versionName }) => ({ modelId, versionName });
const isSame = (one, other) =>
  one.id === other.id || (one.modelId === other.modelId && one.versionName === other.versionName);

/** Where a required field failed, Hive Gateway sends the error in its place. */
const headline = (field, stars) => (typeof field === 'string' ? `${field}, ${stars} stars` : null);

const RESOLVERS = {
  reviews: {
    Query: { reviews: () => versions },
    Review: { text: () => 'Good', model, version: byName },
    Model: { stars: () => 5, headline: ({ name }) => headline(name, 5) },
    ModelVersion: {
      stars: () => 4,
      headline: ({ formatType }) => headline(formatType, 4),
    },
  },
  downloads: {
    Query: { downloads: () => versions },
    Download: { count: () => 7, model, version: byId },
    Model: { downloadsToday: () => 2 },
    ModelVersion: { downloadsToday: () => 1 },
  },
  licences: {
    Query: { licences: () => versions },
    Licence: { text: () => 'MIT', model, version: (version) => version },
    Model: { licence: () => 'MIT' },
    ModelVersion: {
      // A gateway may ask a subgraph that declares both keys for the one by the other.
      __resolveReference: (key) => versions.find((version) => isSame(version, key)),
      licence: () => 'MIT',
    },
    Workspace: { costCentre: ({ id }) => `costs of ${id}` },
    Dataset: { licence: ({ id }) => `licence of ${id}` },
  },
};

for (const [name, resolvers] of Object.entries(RESOLVERS)) {
  const typeDefs = parse(readFileSync(new URL(`${name}.graphql`, import.meta.url), 'utf8'));
  const server = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs, resolvers }) });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  process.stdout.write(`${name} at ${url}\n`);
}
