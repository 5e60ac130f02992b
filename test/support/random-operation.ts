// Random valid operations over the whole schema, as text; over the registry of `registryModels`.
import fc from 'fast-check';
import type { SandboxModel } from '../../sandbox/sandbox.js';
import { versionId } from '../../src/domain/ids.js';
import { encodeCursor } from '../../src/graphql/pagination/page-arguments.js';
import { modelListQuery, versionListQueries } from '../../src/pai/request.js';
import {
  modelId,
  numberedModels,
  numberedVersions,
  versionName,
} from '../graphql/numbered-registry.js';

/** Listed ones, and those that only a provider's list shows. */
const OWN = 60;
const ALL = 80;
const VERSIONS = 6;

export const registryModels = (): SandboxModel[] =>
  numberedModels(ALL, (index) => ({
    listedWithoutProvider: index < OWN,
    model: {
      Provider: index < OWN ? '' : 'pai',
      Accessibility: 'PUBLIC',
      WorkspaceId: `ws-${index % 3}`,
    },
    // One without any.
    versions: index === 7 ? [] : numberedVersions(VERSIONS, versionWithDataset),
  }));

/** The others do not exist, or are no longer visible. */
export const registryWorkspaces = () => [{ WorkspaceId: 'ws-0' }, { WorkspaceId: 'ws-1' }];

function versionWithDataset(index: number) {
  return { Metrics: { Results: [{ Dataset: { DatasetId: `d-${index}` }, Metrics: { cer: 1 } }] } };
}

/** Text that needs response keys of its own. */
type Printer = (newKey: () => string) => string;

interface Kinds {
  readonly model: string;
  readonly malformed: string;
  readonly version: string;
  readonly owner: string;
}

/**
 * A tame one asks only for things that exist, for no version that comes with something else, and for no page
 * beyond the end of its list: then no answer decides about a call.
 */
interface RandomOperation {
  readonly query: string;
  readonly isTame: boolean;
}

export const randomOperations = fc.boolean().chain((isTame): fc.Arbitrary<RandomOperation> => {
  const kinds = isTame ? TAME : WILD;
  return operations(kinds, isTame).map((query) => ({ query, isTame }));
});

type Ids = { readonly [Kind in keyof Kinds]: fc.Arbitrary<string> };

const TAME: Ids = {
  model: fc.nat(ALL - 1).map(modelId),
  malformed: fc.nat(ALL - 1).map(modelId),
  // The last one comes with its model.
  version: fc.nat(VERSIONS - 2).map(versionName),
  // Of no list, so that no list brings them.
  owner: fc.integer({ min: OWN, max: ALL - 1 }).map(modelId),
};

const WILD: Ids = {
  // Few, so that many meet.
  model: fc.oneof(fc.integer({ min: 5, max: 12 }), fc.nat(ALL + 5)).map(modelId),
  malformed: fc.constantFrom('', '?!', 'version:x', '-a', versionId('model-007', '0.0.0')),
  version: fc.oneof(fc.nat(VERSIONS + 1).map(versionName), fc.constantFrom('?', '..')),
  owner: fc.oneof(fc.integer({ min: 5, max: 12 }), fc.nat(ALL + 5)).map(modelId),
};

function operations(ids: Ids, isTame: boolean): fc.Arbitrary<string> {
  const fields = rootFields(ids, isTame);
  return fc
    .record({
      roots: fc.array(fields, { minLength: 1, maxLength: 4 }),
      model: modelSelection(ids, isTame, 0),
      version: versionSelection(ids, isTame, 0),
      isTwice: fc.boolean(),
    })
    .map(({ roots, model, version, isTwice }) => {
      let keys = 0;
      const newKey = () => {
        keys += 1;
        return `f${keys}`;
      };
      const body = roots.map((print) => print(newKey)).join('\n');
      const definitions = [
        body.includes('...M ') ? `fragment M on Model ${model(newKey)}` : '',
        body.includes('...V ') ? `fragment V on ModelVersion ${version(newKey)}` : '',
      ];
      // Equal fields of one response key are one.
      return `query ($yes: Boolean!, $no: Boolean!) {
        __typename @include(if: $yes) @skip(if: $no)
        ${body}
        ${isTwice ? body : ''}
      }
      ${definitions.join('\n')}`;
    });
}

export const VARIABLES = { yes: true, no: false };

const list = (values: readonly string[]) => JSON.stringify(values);
const text = JSON.stringify;

function rootFields(ids: Ids, isTame: boolean): fc.Arbitrary<Printer> {
  const model = modelSelection(ids, isTame, 2);
  const version = versionSelection(ids, isTame, 1);
  const anyId = fc.oneof(
    { weight: 4, arbitrary: ids.model },
    { weight: 1, arbitrary: ids.malformed },
    { weight: 2, arbitrary: fc.tuple(ids.owner, ids.version).map((key) => versionId(...key)) },
  );
  const modelId = fc.oneof({ weight: 6, arbitrary: ids.model }, ids.malformed);
  const node: fc.Arbitrary<Printer> = fc.tuple(model, version).map(
    ([m, v]) =>
      (key) =>
        `{ id ... on Model ${m(key)} ... on ModelVersion ${v(key)} }`,
  );
  const field = <T>(
    args: fc.Arbitrary<T>,
    print: (args: T) => string,
    below: fc.Arbitrary<Printer>,
  ) =>
    fc.tuple(args, below).map(([given, selection]): Printer => {
      return (key) => `${key()}: ${print(given)} ${selection(key)}`;
    });
  return fc.oneof(
    field(modelId, (id) => `model(id: ${text(id)})`, model),
    field(fc.array(modelId, { maxLength: 12 }), (all) => `modelsByIds(ids: ${list(all)})`, model),
    field(anyId, (id) => `node(id: ${text(id)})`, node),
    field(fc.array(anyId, { maxLength: 8 }), (all) => `nodes(ids: ${list(all)})`, node),
    field(
      fc.tuple(ids.owner, ids.version),
      ([id, name]) => `modelVersion(modelId: ${text(id)}, versionName: ${text(name)})`,
      version,
    ),
    field(
      modelWindows(isTame),
      (args) => `models${args}`,
      connection(isTame ? PLAIN : model, [FACETS]),
    ),
    field(
      fc.array(fc.oneof(references(ids), ids.model.map(modelReference)), { maxLength: 6 }),
      (all) => `_entities(representations: [${all}])`,
      node.map((print) => (key) => print(key).replace('{ id', '{ __typename')),
    ),
    ...(isTame ? [] : linkedFields(field)),
  );
}

type Field = (
  args: fc.Arbitrary<string>,
  print: (args: string) => string,
  below: fc.Arbitrary<Printer>,
) => fc.Arbitrary<Printer>;

/** Some of these objects do not exist, which an answer tells: they cost what was not expected, but not more than the worst case. */
function linkedFields(field: Field): fc.Arbitrary<Printer>[] {
  const linked = (typeName: string, id: string) => `{ __typename: "${typeName}", id: "${id}" }`;
  const references = fc.array(
    fc.oneof(
      WORKSPACE_ID.map((id) => linked('Workspace', id)),
      fc.constantFrom('d-0', 'd-1', '?').map((id) => linked('Dataset', id)),
    ),
    { maxLength: 4 },
  );
  const below = fc.constant<Printer>(
    () => '{ __typename ... on Workspace { name } ... on Dataset { name } }',
  );
  return [
    field(WORKSPACE_ID, (id) => `workspace(id: ${text(id)})`, WORKSPACE),
    field(
      fc.nat(101).map(String),
      (first) => `workspaces(first: ${first})`,
      WORKSPACE.map((print) => (key) => `{ totalCount nodes ${print(key)} }`),
    ),
    field(
      references.map((all) => all.join()),
      (all) => `_entities(representations: [${all}])`,
      below,
    ),
  ];
}

const WORKSPACE_ID = fc.constantFrom('ws-0', 'ws-1', 'ws-2', 'ws-3', '?');

const WORKSPACE: fc.Arbitrary<Printer> = fc.constantFrom(
  () => '{ id }',
  () => '{ id name }',
  () => '{ displayName models(first: 5) { nodes { id } } }',
  () => '{ id models(first: 101) { totalCount facets(fields: [TASK], maxPages: 2) { scanned } } }',
);

const DATASET: fc.Arbitrary<Printer> = fc.constantFrom(
  () => '{ dataset { dataset { id } } }',
  () => '{ dataset { dataset { id name } } }',
);

const modelReference = (id: string) => `{ __typename: "Model", id: ${text(id)} }`;

function references(ids: Ids): fc.Arbitrary<string> {
  return fc
    .tuple(ids.owner, ids.version, fc.boolean())
    .map(([id, name, isById]) =>
      isById
        ? `{ __typename: "ModelVersion", id: ${text(versionId(id, name))} }`
        : `{ __typename: "ModelVersion", modelId: ${text(id)}, versionName: ${text(name)} }`,
    );
}

const PLAIN: fc.Arbitrary<Printer> = fc.constantFrom(
  () => '{ id }',
  () => '{ __typename }',
  () => '{ id labels { key } meta { source } }',
);

/** Fields of one object between braces; some of them in fragments, some left out. */
function selection(
  fields: fc.Arbitrary<Printer>,
  typeName: string,
  fragment: string | null,
): fc.Arbitrary<Printer> {
  const wrapped = fc
    .tuple(
      fields,
      fc.constantFrom('', '', '@skip(if: $yes)', '@include(if: $yes)', '@skip(if: $no)'),
    )
    .map(([print, directive]): Printer => {
      return (key) =>
        directive ? `... on ${typeName} ${directive} { ${print(key)} }` : print(key);
    });
  const spread: fc.Arbitrary<Printer> = fc.constant(() => `...${fragment} `);
  const one = fragment === null ? wrapped : fc.oneof({ weight: 5, arbitrary: wrapped }, spread);
  return fc
    .array(one, { maxLength: 3 })
    .map((prints) => (key) => `{ __typename id ${prints.map((print) => print(key)).join(' ')} }`);
}

function modelSelection(ids: Ids, isTame: boolean, depth: number): fc.Arbitrary<Printer> {
  const below = depth === 0 ? PLAIN : versionSelection(ids, isTame, depth - 1);
  const field = (args: fc.Arbitrary<string>, inner: fc.Arbitrary<Printer>) =>
    fc.tuple(args, inner).map(([given, print]): Printer => {
      return (key) => `${key()}: ${given} ${print(key)}`;
    });
  const calling = [
    field(
      ids.version.map((name) => `version(name: ${text(name)})`),
      isTame ? PLAIN : below,
    ),
    field(
      versionWindows(ids, isTame).map((args) => `versions${args}`),
      connection(below),
    ),
    field(
      fc
        .integer({ min: 0, max: isTame ? VERSIONS : 101 })
        .map((first) => `metricHistory(metric: "cer", first: ${first})`),
      fc.constant(() => '{ value }'),
    ),
    field(
      fc
        .integer({ min: 0, max: isTame ? VERSIONS : 101 })
        .map((first) => `metricHistories(first: ${first})`),
      fc.constant(() => '{ metric points { value } }'),
    ),
  ];
  // Below a version it may have come with something else.
  const isBelowVersion = isTame && depth < 2;
  const fields = fc.oneof(
    fc.constant(() => 'name'),
    field(fc.constant('latestVersion'), below),
    ...(isTame ? [] : [field(fc.constant('workspace'), WORKSPACE)]),
    ...(isBelowVersion ? [] : calling),
  );
  return selection(fields, 'Model', depth > 0 ? 'M' : null);
}

function versionSelection(ids: Ids, isTame: boolean, depth: number): fc.Arbitrary<Printer> {
  const model = depth === 0 ? PLAIN : modelSelection(ids, isTame, depth - 1);
  const fields = fc.oneof(
    fc.constant(() => 'versionName'),
    model.map(
      (print): Printer =>
        (key) =>
          `${key()}: model ${print(key)}`,
    ),
    ...(isTame
      ? []
      : [DATASET.map((print) => (key: () => string) => `${key()}: metricResults ${print(key)}`)]),
  );
  return selection(fields, 'ModelVersion', depth > 0 ? 'V' : null);
}

/** As many pages as there are, fewer, more, and a number that is refused. */
const FACETS: fc.Arbitrary<string> = fc
  .constantFrom('', ', maxPages: 1', ', maxPages: 3', ', maxPages: 0')
  .map((pages) => `facets(fields: [TASK, LABEL_KEY]${pages}) { scanned }`);

function connection(
  node: fc.Arbitrary<Printer>,
  others: readonly fc.Arbitrary<string>[] = [],
): fc.Arbitrary<Printer> {
  const parts = fc.subarray(['nodes', 'edges', 'pageInfo', 'totalCount'], { minLength: 1 });
  return fc.tuple(node, parts, ...others.map((other) => fc.option(other, { nil: '' }))).map(
    ([print, parts, ...rest]): Printer =>
      (key) => {
        const parted: Record<string, () => string> = {
          nodes: () => `nodes ${print(key)}`,
          edges: () => `edges { cursor node ${print(key)} }`,
          pageInfo: () => 'pageInfo { hasNextPage endCursor }',
          totalCount: () => 'totalCount',
        };
        return `{ ${[...parts.map((part) => parted[part]?.()), ...rest].join(' ')} }`;
      },
  );
}

function windows(listKey: fc.Arbitrary<string>, most: number): fc.Arbitrary<readonly string[]> {
  const count = fc.oneof(fc.nat(12), fc.nat(most));
  const cursor = (most: number) =>
    fc.tuple(fc.nat(most), listKey).map(([position, key]) => text(encodeCursor(position, key)));
  return fc.oneof<fc.Arbitrary<readonly string[]>[]>(
    count.map((first) => [`first: ${first}`]),
    count.map((last) => [`last: ${last}`]),
    fc.tuple(count, cursor(70)).map(([first, after]) => [`first: ${first}`, `after: ${after}`]),
    fc.tuple(count, cursor(120)).map(([last, before]) => [`last: ${last}`, `before: ${before}`]),
    fc
      .tuple(cursor(9), cursor(90))
      .map(([after, before]) => [`after: ${after}`, `before: ${before}`]),
    fc.constant([]),
  );
}

const inBrackets = (args: readonly string[]) => (args.length > 0 ? `(${args.join(', ')})` : '');

/** Pages that exist, however small PAI cuts them. */
const tameWindows = (rows: number) => fc.nat(rows).map((first) => `(first: ${first})`);

function modelWindows(isTame: boolean): fc.Arbitrary<string> {
  if (isTame) return tameWindows(OWN);
  const filtered = fc
    .constantFrom(null, 'pai')
    .chain((provider) =>
      windows(fc.constant(modelListQuery({ provider }).key), 100).map((args) =>
        provider === null ? args : [`filter: { provider: "pai" }`, ...args],
      ),
    );
  return filtered.map(inBrackets);
}

function versionWindows(ids: Ids, isTame: boolean): fc.Arbitrary<string> {
  if (isTame) return tameWindows(VERSIONS);
  const key = ids.model.map((id) => versionListQueries()(id).key);
  return windows(key, 100).map(inBrackets);
}
