// Random GraphQL requests: whole operations with a few random defects, and values that no real client sends.
import { DOCUMENTED_ID } from '../../support/with-app.js';
import type { Random } from './random.js';

const QUERIES = [
  '{ __typename }',
  `{ model(id: "${DOCUMENTED_ID}") { name label(key: "env") latestVersion { versionName raw } } }`,
  'query A($id: ID!) { model(id: $id) { ...F } } fragment F on Model { id name raw }',
  'query A($ids: [ID!]!) { modelsByIds(ids: $ids) { name } nodes(ids: $ids) { id } }',
  '{ models(first: 2, filter: { name: "a" }) { nodes { id versions(last: 1) { edges { cursor } } } } }',
  'query A($r: [_Any!]!) { _entities(representations: $r) { ... on Model { id name } __typename } }',
  'query A($o: ModelOrder) { models(orderBy: $o, after: "YQ") { totalCount pageInfo { endCursor } } }',
  '{ __schema { types { name fields { type { ofType { name } } } } } _service { sdl } }',
  'query A { __typename } query B($a: Boolean = true) { node(id: "a/b") @include(if: $a) { id } }',
  'mutation { a } subscription { b }',
] as const;

const ATOMS = [
  ...['{', '}', '(', ')', '[', ']', ':', '$', '@', '!', '|', '&', '=', '...', '"', '"""', '#', ','],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '__typename',
    'hasOwnProperty',
    'then',
    'null',
    'true',
  ],
  ...[
    '-0',
    '1e999',
    '9007199254740993',
    '0.1e-9',
    '0x1',
    '01',
    '$id',
    '@skip(if: true)',
    '@include',
  ],
  ...[' on ', 'fragment F on Model { ...F }', 'query', 'mutation', 'extend type Query { a: Int }'],
  ...['\0', '\ufeff', '\u2028', '\u202e', '\ud800', '😀', 'é', '\r\n', '\\u0000', '\\uD800', '\\'],
  ...[
    '{ a '.repeat(60),
    '['.repeat(300),
    'a'.repeat(2000),
    'a: name '.repeat(60),
    '...F '.repeat(40),
  ],
  ...[
    '"'.repeat(7),
    '9'.repeat(400),
    '../../etc/passwd',
    "' OR 1=1 --",
    '<script>',
    '%00',
    '{{7*7}}',
  ],
] as const;

export function mutated(random: Random, text: string, edits = 1 + random.below(5)): string {
  let result = text;
  for (let edit = 0; edit < edits; edit += 1) {
    const at = random.below(result.length + 1);
    const to = Math.min(result.length, at + random.below(12));
    const between = [
      '',
      random.pick(ATOMS),
      result.slice(at, to).repeat(2),
      String.fromCharCode(random.below(0x3000)),
    ] as const;
    result = result.slice(0, at) + random.pick(between) + result.slice(to);
  }
  return result;
}

export function randomQuery(random: Random): string {
  const query = random.pick(QUERIES);
  return random.oneIn(3) ? query : mutated(random, query);
}

const SCALARS = [
  ...['null', 'true', '0', '-1', '1e400', '1e-400', '9007199254740993', '""', '"a"', '"__proto__"'],
  ...[`"${DOCUMENTED_ID}"`, '"model-a"', '"\\u0000"', '"\\ud800"', '"Model"', '"DESC"', '[]', '{}'],
] as const;
const KEYS = [
  ...[
    'a',
    'id',
    'ids',
    'r',
    'o',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '__typename',
  ],
  ...['length', 'then', 'toJSON', 'valueOf', 'field', 'direction', 'modelId', 'versionName', ''],
] as const;

/** JSON text, since an object of ours could not have the keys that are wanted. */
export function randomJson(random: Random, depth = 3): string {
  if (depth === 0 || random.oneIn(3)) return random.pick(SCALARS);
  if (random.oneIn(200)) return `${'['.repeat(2000)}${']'.repeat(2000)}`;
  const size = random.below(4);
  const parts = Array.from({ length: size }, () => randomJson(random, depth - 1));
  if (random.oneIn(2)) return `[${parts.join()}]`;
  return `{${parts.map((part) => `"${random.pick(KEYS)}":${part}`).join()}}`;
}

/** The body of a POST, most often JSON. */
export function randomBody(random: Random): string {
  if (random.oneIn(40)) return randomJson(random);
  const members = [
    `"query":${random.oneIn(15) ? randomJson(random) : JSON.stringify(randomQuery(random))}`,
    `"variables":${random.oneIn(3) ? randomJson(random) : honestVariables(random)}`,
  ];
  if (random.oneIn(4))
    members.push(`"operationName":${random.pick(['"A"', '"B"', 'null', '[]', '"constructor"'])}`);
  if (random.oneIn(5)) members.push(`"extensions":${randomExtensions(random)}`);
  if (random.oneIn(12)) members.push(`"documentId":${randomJson(random, 1)}`);
  if (random.oneIn(12)) members.push(`"${random.pick(KEYS)}":${randomJson(random)}`);
  const body = `{${members.join()}}`;
  return random.oneIn(12) ? mutated(random, body, 1) : body;
}

function honestVariables(random: Random): string {
  const id = random.pick(SCALARS);
  return `{"id":${id},"ids":[${id},"model-a"],"r":[{"__typename":"Model","id":${id}}],"o":{"field":"CREATED_AT","direction":"DESC"},"a":true}`;
}

function randomExtensions(random: Random): string {
  const hash = random.pick([`"${'a'.repeat(64)}"`, '"__proto__"', '1', 'null', '[]', '{}']);
  return random.pick([
    `{"persistedQuery":{"version":1,"sha256Hash":${hash}}}`,
    `{"persistedQuery":${randomJson(random)}}`,
    '{"explain":true}',
    randomJson(random),
  ]);
}
