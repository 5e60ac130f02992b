// Three composers take the subgraph in: alone, and with subgraphs of other teams that extend its types.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices as composeWithApollo } from '@apollo/composition';
import {
  composeSchemaContract,
  composeServices as composeWithTheGuild,
} from '@theguild/federation-composition';
import { federateSubgraphs } from '@wundergraph/composition';
import { Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../support/server';
import { makeFolder, OTHER_SUBGRAPHS } from './federation';

interface Composition {
  readonly problems: readonly string[];
  /** The fields with a cost, and those with the size of a list, as a gateway with cost limits knows them. */
  readonly costs: readonly string[];
  readonly listSizes: readonly string[];
}
type Compose = (names: readonly string[], models: string) => Composition;

const COMPOSERS: Record<string, Compose> = {
  '@apollo/composition': (names, models) => {
    const { supergraphSdl, errors = [], hints = [] } = composeWithApollo(load(names, models));
    const problems = [...errors, ...hints].map(String);
    return { problems, ...marksIn(supergraphSdl) };
  },
  '@theguild/federation-composition': (names, models) => {
    const { supergraphSdl, errors = [] } = composeWithTheGuild(load(names, models));
    return { problems: errors.map(String), ...marksIn(supergraphSdl) };
  },
  '@wundergraph/composition': (names, models) => {
    const subgraphs = load(names, models).map(({ typeDefs, ...subgraph }) => ({
      ...subgraph,
      definitions: typeDefs,
    }));
    const result = federateSubgraphs({ subgraphs, version: '1' });
    const problems = [...(result.success ? [] : result.errors), ...result.warnings].map(String);
    const known = result.success ? result.subgraphConfigBySubgraphName.get('models')?.costs : null;
    return {
      problems,
      costs: [...(known?.fieldWeights.keys() ?? [])].sort(),
      listSizes: [...(known?.listSizes.keys() ?? [])].sort(),
    };
  },
};

function load(names: readonly string[], models: string) {
  const read = (name: string) =>
    readFileSync(join(import.meta.dirname, `subgraphs/${name}.graphql`), 'utf8');
  return names.map((name) => ({
    name,
    url: `http://${name}.invalid`,
    typeDefs: parse(name === 'models' ? models : read(name)),
  }));
}

function marksIn(sdl: string | undefined) {
  const definitions = sdl === undefined ? [] : parse(sdl).definitions;
  const fields = definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.OBJECT_TYPE_EXTENSION
      ? (definition.fields ?? []).map(({ name, directives = [] }) => ({
          field: `${definition.name.value}.${name.value}`,
          marks: directives.map((directive) => directive.name.value),
        }))
      : [],
  );
  const fieldsWith = (mark: string) =>
    fields.filter(({ marks }) => marks.includes(mark)).map(({ field }) => field);
  return { costs: fieldsWith('cost').sort(), listSizes: fieldsWith('listSize').sort() };
}

const COMBINATIONS = [
  ['models'],
  ...OTHER_SUBGRAPHS.map((name) => ['models', name]),
  ['models', ...OTHER_SUBGRAPHS],
];

const sdl: Record<string, string> = {};
beforeAll(async () => {
  for (const relayNode of ['on', 'off']) {
    await using server = await startServer({ RELAY_NODE: relayNode });
    const response = await fetch(`${server.origin}/subgraph.graphql`);
    sdl[relayNode] = await response.text();
  }
  await using server = await startServer({ LINKED_ENTITIES: 'reference' });
  sdl.reference = await (await fetch(`${server.origin}/subgraph.graphql`)).text();
});

describe.each(Object.entries(COMPOSERS))('%s', (_, compose) => {
  test.each([
    ...COMBINATIONS.map((names) => ({ names, relayNode: 'on' })),
    ...COMBINATIONS.map((names) => ({ names, relayNode: 'off' })),
    { names: ['models', 'relay'], relayNode: 'off' },
  ])(
    'composes $names with RELAY_NODE=$relayNode, without errors and warnings',
    ({ names, relayNode }) => {
      const models = sdl[relayNode] ?? '';
      const { problems, ...marks } = compose(names, models);
      // WunderGraph warns of the syntax of Federation 1 in the other subgraph.
      expect(problems.filter((problem) => !problem.includes('subgraph "downloads"'))).toEqual([]);
      expect(marks.costs).toContain('Query.models');
      expect(marks.listSizes).toContain('Query.models');
      expect(marks).toEqual(marksIn(models));
    },
  );

  test.each([{ names: ['models'] }, { names: ['models', 'licences'] }])(
    'composes $names with LINKED_ENTITIES=reference, without errors and warnings',
    ({ names }) => {
      expect(compose(names, sdl.reference ?? '').problems).toEqual([]);
    },
  );

  test('refuses a second Node, unless RELAY_NODE=off', () => {
    const { problems } = compose(['models', 'relay'], sdl.on ?? '');
    expect(problems.join()).toMatch(/node/i);
  });
});

test('a contract without the tags pii and raw has no ids of users and nothing as PAI sent it', () => {
  const filter = { include: new Set<string>(), exclude: new Set(['pii', 'raw']) };
  const { publicSdl, errors } = composeSchemaContract(load(['models'], sdl.on ?? ''), filter, true);
  expect(errors).toBeUndefined();
  const fields = parse(publicSdl ?? '').definitions.flatMap((definition) =>
    'fields' in definition ? (definition.fields ?? []).map(({ name }) => name.value) : [],
  );
  expect(fields).toContain('metricResults');
  expect(fields.filter((name) => /^(userId|ownerId)$|raw/i.test(name))).toEqual([]);
});

describe('the commands of docs/gateways.md', () => {
  const folder = makeFolder();
  afterAll(() => rmSync(folder, { recursive: true }));

  test('compose a supergraph from /subgraph.graphql', async () => {
    await using server = await startServer();
    const script = readFileSync(join(folder, 'gateways/compose.sh'), 'utf8');
    const commands = script.replace('http://127.0.0.1:4000/s', `${server.origin}/s`);
    const output = execFileSync('sh', ['-ec', commands], { cwd: folder, encoding: 'utf8' });
    expect(output).toBe('');
    const supergraph = readFileSync(join(folder, 'supergraph.graphql'), 'utf8');
    expect(supergraph).toContain(
      'MODELS @join__graph(name: "models", url: "http://127.0.0.1:4000/graphql")',
    );
  });
});
