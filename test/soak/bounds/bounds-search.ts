// A seeded search for the most expensive request of 1 MB: random shapes of documents and variables, then changes of
// one property of the most expensive shape so far.
import { type Attack, knownId } from './bounds-inputs.js';

const MAX_BYTES = 1024 * 1024;

interface Shape {
  readonly root: number;
  readonly references: number;
  readonly aliases: number;
  readonly leaf: number;
  readonly levels: number;
  readonly listItems: number;
  readonly nameLength: number;
  readonly fragments: number;
  readonly operations: number;
  readonly valueLength: number;
  readonly isWrong: number;
}

/** The largest value of each property: shapes on both sides of every limit come up. */
const LARGEST: Shape = {
  root: 5,
  references: 1100,
  aliases: 55,
  leaf: 8,
  levels: 7,
  listItems: 300,
  nameLength: 20_000,
  fragments: 300,
  operations: 25,
  valueLength: 100_000,
  isWrong: 3,
};

type Random = () => number;
const NAMES = Object.keys(LARGEST) as (keyof Shape)[];

export function randomShape(random: Random): Shape {
  const shape: Record<string, number> = {};
  for (const name of NAMES) shape[name] = randomValue(name, random);
  return shape as unknown as Shape;
}

export function changed(shape: Shape, random: Random): Shape {
  const name = NAMES[Math.floor(random() * NAMES.length)] ?? 'root';
  return { ...shape, [name]: randomValue(name, random) };
}

/** Small values as often as large ones. */
function randomValue(name: keyof Shape, random: Random): number {
  return Math.floor(LARGEST[name] ** random() * (1 + random())) % (LARGEST[name] + 1);
}

/** Of at most 1 MB: lists and names are cut until it fits. */
export function requestOf(shape: Shape): Attack {
  const request = build(shape);
  if (JSON.stringify(request).length <= MAX_BYTES) return request;
  return requestOf({
    ...shape,
    references: Math.floor(shape.references / 2),
    nameLength: Math.floor(shape.nameLength / 2),
    valueLength: Math.floor(shape.valueLength / 2),
  });
}

const repeat = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

function build(shape: Shape): Attack {
  const { aliases, levels, fragments, operations, nameLength } = shape;
  const alias = (index: number) => `a${index}${'x'.repeat(nameLength)}`;
  const leaves = repeat(
    Math.max(1, aliases),
    (index) => `${alias(index)}: ${leafOf(shape, index)}`,
  );
  const down = repeat(levels, () => 'latestVersion { model {');
  const spread = repeat(fragments, (index) => `...F${index}`);
  const body = `${down} ${leaves} ${spread} ${repeat(levels, () => '} }')}`;
  const parts = repeat(
    fragments,
    (index) => `fragment F${index} on Model { ${index > 0 ? `...F${index - 1}` : 'id'} name }`,
  );
  const more = repeat(operations, (index) => `query Q${index} { ...R }`);
  const root = operations > 0 ? 'fragment R on Query { __typename }' : '';
  const variables = variablesOf(shape);
  const declared = '$r: [_Any!]!, $ids: [ID!]!, $k: [String!], $f: ModelFilter';
  return {
    query: `query Main(${declared}) { ${rootOf(shape, body)} ${useAll()} } ${parts} ${more} ${root}`,
    operationName: 'Main',
    variables,
  };
}

/** An unused variable would be refused before all else. */
function useAll(): string {
  return `u0: modelsByIds(ids: $ids) @skip(if: true) { id labels(keys: $k) { key } }
    u1: models(filter: $f) @skip(if: true) { totalCount }
    u2: _entities(representations: $r) @skip(if: true) { __typename }`;
}

function rootOf({ root, references }: Shape, body: string): string {
  const first = Math.min(100, references);
  const roots = [
    `_entities(representations: $r) { ... on Model { ${body} } }`,
    `models(first: ${first}) { nodes { ${body} } edges { node { ${body} } } }`,
    `modelsByIds(ids: $ids) { ${body} }`,
    `nodes(ids: $ids) { ... on Model { ${body} } }`,
    `models(first: ${first}, filter: $f) { nodes { versions(first: 99) { nodes { model { ${body} } } } } }`,
    '__schema { types { name fields { name args { name type { name } } type { fields { name description } } } } }',
  ];
  return roots[root % roots.length] ?? '';
}

function leafOf({ leaf, listItems, valueLength }: Shape, index: number): string {
  const text = 'v'.repeat(Math.min(valueLength, 2000));
  const leaves = [
    'raw',
    'labels(keys: $k) { key value }',
    `labels(keys: [${repeat(Math.min(listItems, 20), (key) => `"k${key}"`)}]) { key }`,
    `label(key: "k${index}")`,
    'version(name: "..") { id raw }',
    `versions(first: ${index % 100}, filter: {label: "${text}"}) { totalCount nodes { raw } }`,
    `metricHistory(metric: "${text}") { value }`,
    'extraInfo { raw }',
    `unknownField${index}`,
  ];
  return leaves[leaf % leaves.length] ?? '';
}

function variablesOf({ references, listItems, valueLength, isWrong }: Shape) {
  const ids = Array.from({ length: references }, (_, index) => knownId(index));
  const wrong = [undefined, {}, 'v'.repeat(valueLength), [[1]]][isWrong];
  return {
    r: ids.map((id) => wrong ?? { __typename: 'Model', id }),
    ids: ids.slice(0, isWrong === 0 ? 100 : references).map((id) => wrong ?? id),
    k: Array.from({ length: listItems }, (_, index) => `k${index}`),
    f:
      isWrong === 3
        ? { tags: ids.map((key) => ({ key, [key]: key })) }
        : { query: 'x'.repeat(valueLength) },
  };
}
