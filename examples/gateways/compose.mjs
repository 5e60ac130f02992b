// Composes subgraphs with Apollo's composer: `models=http://127.0.0.1:4000/graphql` is that of models.graphql.
import { readFileSync, writeFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

const subgraphs = process.argv.slice(2).map((argument) => {
  const [, name, url] = /^(\w+)=(.+)$/.exec(argument);
  return { name, url, typeDefs: parse(readFileSync(`${name}.graphql`, 'utf8')) };
});
const { supergraphSdl, errors, hints } = composeServices(subgraphs);
for (const problem of errors ?? hints) process.stderr.write(`${problem}\n`);
if (errors) process.exitCode = 1;
else writeFileSync('supergraph.graphql', supergraphSdl);
