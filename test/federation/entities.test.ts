// `_entities` as a gateway asks for it, over HTTP: the answer to each reference, and its cost.
import { getNamedType, isLeafType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { versionId } from '../../src/domain/ids.js';
import { createSchema } from '../../src/graphql/schema.js';
import {
  DOCUMENTED_ID,
  type GraphqlAnswer,
  sampleIds,
  type TestApp,
  withApp,
} from '../support/with-app.js';

type Representation = Record<string, unknown>;

const NAMES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Model { id name }
    ... on ModelVersion { modelId versionName formatType }
  }
}`;

function entities(app: TestApp, representations: readonly unknown[], query = NAMES) {
  return app.query(query, { representations });
}

/** The same, with this selected. */
function select(
  app: TestApp,
  selection: string,
  representations: readonly unknown[],
  rest: { variables?: Record<string, unknown>; declarations?: string; fragments?: string } = {},
) {
  const { variables, declarations = '', fragments = '' } = rest;
  const query = `query ($representations: [_Any!]! ${declarations}) {
    _entities(representations: $representations) { ${selection} }
  } ${fragments}`;
  return app.query(query, { representations, ...variables });
}

const model = (id: string): Representation => ({ __typename: 'Model', id });
const versionByName = (modelId: string, versionName: string): Representation => ({
  __typename: 'ModelVersion',
  modelId,
  versionName,
});
const versionById = (id: string): Representation => ({ __typename: 'ModelVersion', id });

const DOCUMENTED_VERSION = {
  __typename: 'ModelVersion',
  modelId: DOCUMENTED_ID,
  versionName: '0.1.0',
  formatType: 'SavedModel',
};
const DOCUMENTED_MODEL = { __typename: 'Model', id: DOCUMENTED_ID, name: '情感分析' };

describe('a reference', () => {
  test('is resolved by each key of its type', async () => {
    await using app = await withApp();
    const { data, errors } = await entities(app, [
      model(DOCUMENTED_ID),
      versionById(versionId(DOCUMENTED_ID, '0.1.0')),
      versionByName(DOCUMENTED_ID, '0.1.0'),
    ]);
    expect(errors).toEqual([]);
    expect(data._entities).toEqual([DOCUMENTED_MODEL, DOCUMENTED_VERSION, DOCUMENTED_VERSION]);
  });

  test('keeps its place among others, also when it comes twice', async () => {
    await using app = await withApp();
    const ids = sampleIds(3);
    const asked = [...ids, DOCUMENTED_ID, ...ids.toReversed(), DOCUMENTED_ID];
    const { data, errors, extensions } = await entities(app, asked.map(model));
    expect(errors).toEqual([]);
    expect(data._entities.map(({ id }: { id: string }) => id)).toEqual(asked);
    expect(data._entities[3]).toEqual(DOCUMENTED_MODEL);
    expect(extensions.upstream.byOperation).toEqual({ GetModel: 4 });
    expect(app.sandbox.requests).toHaveLength(4);
  });

  test('a reference of two keys for one version makes one call', async () => {
    await using app = await withApp();
    const { data } = await entities(app, [
      versionByName(DOCUMENTED_ID, '0.1.0'),
      versionById(versionId(DOCUMENTED_ID, '0.1.0')),
    ]);
    expect(data._entities).toEqual([DOCUMENTED_VERSION, DOCUMENTED_VERSION]);
    expect(app.sandbox.requests.map(({ operation }) => operation)).toEqual(['GetModelVersion']);
  });

  test('to an absent model is null, and to an absent version its keys alone, without an error', async () => {
    await using app = await withApp();
    const { status, data, errors } = await entities(app, [
      model('model-none'),
      model(DOCUMENTED_ID),
      versionByName(DOCUMENTED_ID, '9.9.9'),
      versionById(versionId(DOCUMENTED_ID, '9.9.9')),
      versionByName('model-none', '0.1.0'),
    ]);
    expect(status).toBe(200);
    expect(errors).toEqual([]);
    const absent = { ...versionByName(DOCUMENTED_ID, '9.9.9'), formatType: null };
    const ofAbsentModel = { ...versionByName('model-none', '0.1.0'), formatType: null };
    expect(data._entities).toEqual([null, DOCUMENTED_MODEL, absent, absent, ofAbsentModel]);
  });

  test.each([
    ['modelId and versionName', versionByName(DOCUMENTED_ID, '9.9.9')],
    ['id', versionById(versionId(DOCUMENTED_ID, '9.9.9'))],
    [
      'both keys',
      { ...versionByName(DOCUMENTED_ID, '9.9.9'), id: versionId(DOCUMENTED_ID, '9.9.9') },
    ],
  ])(
    'by %s to an absent version has every key, its model, and null for every other field',
    async (_, reference) => {
      await using app = await withApp();
      const type = createSchema({ relayNode: true }).getType('ModelVersion');
      if (!isObjectType(type)) throw new Error('There is no type ModelVersion.');
      const others = Object.values(type.getFields()).filter(
        ({ name }) => !['id', 'modelId', 'versionName', 'model', 'label'].includes(name),
      );
      const selection = others.map((field) =>
        isLeafType(getNamedType(field.type)) ? field.name : `${field.name} { __typename }`,
      );
      const { data, errors } = await select(
        app,
        `... on ModelVersion {
        __typename id modelId versionName model { name } label(key: "k1") ${selection.join(' ')}
      }`,
        [reference],
      );
      expect(errors).toEqual([]);
      expect(data._entities).toEqual([
        {
          ...versionByName(DOCUMENTED_ID, '9.9.9'),
          id: versionId(DOCUMENTED_ID, '9.9.9'),
          model: { name: '情感分析' },
          label: null,
          ...Object.fromEntries(others.map(({ name }) => [name, null])),
        },
      ]);
    },
  );

  test('may carry more than its key, as @requires makes gateways do', async () => {
    await using app = await withApp();
    const { data, errors } = await entities(app, [
      { ...model(DOCUMENTED_ID), name: 'not this one', stars: 5, nested: { id: 1 } },
      { ...versionByName(DOCUMENTED_ID, '0.1.0'), downloads: [1, null] },
    ]);
    expect(errors).toEqual([]);
    expect(data._entities).toEqual([DOCUMENTED_MODEL, DOCUMENTED_VERSION]);
  });

  test('may be written into the query', async () => {
    await using app = await withApp();
    const { data, errors } = await app.query(
      `query ($id: ID!) {
        _entities(representations: [
          { __typename: "Model", id: $id }
          { __typename: "ModelVersion", modelId: "${DOCUMENTED_ID}", versionName: "0.1.0" }
          { __typename: "Nothing" }
        ]) { ... on Model { name } ... on ModelVersion { formatType } }
      }`,
      { id: DOCUMENTED_ID },
    );
    expect(data._entities).toEqual([{ name: '情感分析' }, { formatType: 'SavedModel' }, null]);
    expect(errors.map(({ path }) => path)).toEqual([['_entities', 2]]);
  });

  test('none at all is an empty list', async () => {
    await using app = await withApp();
    const { data, errors } = await entities(app, []);
    expect({ data, errors }).toEqual({ data: { _entities: [] }, errors: [] });
  });
});

const V = { __typename: 'ModelVersion' };
const MALFORMED: Record<string, unknown> = {
  'no __typename': { id: DOCUMENTED_ID },
  'an unknown __typename': { __typename: 'Customer', id: DOCUMENTED_ID },
  'the __typename Query': { __typename: 'Query' },
  'the __typename of an interface': { __typename: 'Node', id: DOCUMENTED_ID },
  'the __typename of the union': { __typename: '_Entity', id: DOCUMENTED_ID },
  'a dataset whose id has a slash': { __typename: 'Dataset', id: 'd-1/x' },
  'a workspace without id': { __typename: 'Workspace' },
  'a workspace whose id is two': { __typename: 'Workspace', id: '1,2' },
  'a __typename in other letters': { __typename: 'model', id: DOCUMENTED_ID },
  'a __typename of every object': { __typename: 'constructor', id: DOCUMENTED_ID },
  'a __typename that is not a text': { __typename: ['Model'], id: DOCUMENTED_ID },
  'a text': DOCUMENTED_ID,
  'a number': 42,
  'a boolean': false,
  'a list': [model(DOCUMENTED_ID)],
  'an empty object': {},
  'a model without id': { __typename: 'Model' },
  'a model whose id is null': { __typename: 'Model', id: null },
  'a model whose id is a number': { __typename: 'Model', id: 7 },
  'a model whose id is an object': { __typename: 'Model', id: { id: DOCUMENTED_ID } },
  'a model with an empty id': { __typename: 'Model', id: '' },
  'a model whose id has a slash': { __typename: 'Model', id: `${DOCUMENTED_ID}/versions` },
  'a model whose id is a path': { __typename: 'Model', id: '..' },
  'a model whose id ends in a line': { __typename: 'Model', id: `${DOCUMENTED_ID}\n` },
  'a model whose id is too long': { __typename: 'Model', id: 'm'.repeat(129) },
  'a model by the id of a version': { __typename: 'Model', id: versionId(DOCUMENTED_ID, '0.1.0') },
  'a version without any key': { ...V },
  'a version by the id of a model': { ...V, id: DOCUMENTED_ID },
  'a version whose id has another form': { ...V, id: `${DOCUMENTED_ID}/0.1.0` },
  'a version whose id is not base64url': { ...V, id: 'version:***' },
  'a version whose id is padded': { ...V, id: `${versionId(DOCUMENTED_ID, '0.1.0')}=` },
  'a version whose id holds three parts': { ...V, id: versionId(DOCUMENTED_ID, '0.1.0/x') },
  'a version whose id is a number': { ...V, id: 1 },
  'a version without versionName': { ...V, modelId: DOCUMENTED_ID },
  'a version without modelId': { ...V, versionName: '0.1.0' },
  'a version whose modelId is a number': { ...V, modelId: 7, versionName: '0.1.0' },
  'a version whose modelId is malformed': { ...V, modelId: 'a/b', versionName: '0.1.0' },
  'a version whose versionName has a slash': {
    ...V,
    modelId: DOCUMENTED_ID,
    versionName: '0.1.0/../..',
  },
  'a version whose versionName is a path': { ...V, modelId: DOCUMENTED_ID, versionName: '..' },
  'a version with an empty versionName': { ...V, modelId: DOCUMENTED_ID, versionName: '' },
  'a version whose versionName is null': { ...V, modelId: DOCUMENTED_ID, versionName: null },
};

const NAMES_ONLY = '... on Model { name } ... on ModelVersion { uri }';
const KEYS_ONLY = '... on Model { id } ... on ModelVersion { id }';

describe('a malformed reference', () => {
  const malformed = Object.values(MALFORMED);
  const kinds = Object.keys(MALFORMED);

  /** The messages for each kind, which are at every other index from 1 on. */
  const codesByKind = ({ errors }: GraphqlAnswer) =>
    kinds.map((kind, index) => [
      kind,
      ...errors
        .filter(({ path }) => path?.join() === `_entities,${2 * index + 1}`)
        .map(({ extensions }) => extensions.code),
    ]);

  test.each([
    ['fields', NAMES_ONLY, { name: '情感分析' }, 1],
    ['only keys (an echo is well-formed)', KEYS_ONLY, { id: DOCUMENTED_ID }, 0],
  ])(
    'is null with one error and leaves its neighbours alone, when selecting %s',
    async (_, selection, good, calls) => {
      await using app = await withApp();
      const answer = await select(app, selection, [
        model(DOCUMENTED_ID),
        ...malformed.flatMap((reference) => [reference, model(DOCUMENTED_ID)]),
      ]);
      expect(answer.status).toBe(200);
      expect(answer.data._entities).toEqual([good, ...malformed.flatMap(() => [null, good])]);
      expect(codesByKind(answer)).toEqual(kinds.map((kind) => [kind, 'BAD_USER_INPUT']));
      expect(answer.errors).toHaveLength(kinds.length);
      expect(app.sandbox.requests).toHaveLength(calls);
    },
  );

  test('is an error of its own, whose message names the key and does not repeat its value', async () => {
    await using app = await withApp();
    const { errors } = await entities(app, [
      model('bad/id'),
      { __typename: 'Model' },
      versionByName(DOCUMENTED_ID, 'bad/name'),
      versionById('version:bad'),
      { __typename: 'Customer', id: 'bad' },
    ]);
    const placeOf = ({ path = [] }: { readonly path?: readonly unknown[] }) => Number(path[1]);
    const messages = errors
      .toSorted((one, other) => placeOf(one) - placeOf(other))
      .map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringMatching(/^id: /),
      expect.stringMatching(/^id: /),
      expect.stringMatching(/^versionName: /),
      expect.stringMatching(/^id: /),
      expect.stringMatching(/^__typename: /),
    ]);
    expect(messages.join()).not.toMatch(/bad/);
  });
});

describe('the number of references', () => {
  test('may be 1000', async () => {
    await using app = await withApp();
    const ids = Array.from({ length: 1000 }, (_, index) => `model-${index}`);
    const { data, errors } = await select(app, '... on Model { id }', ids.map(model));
    expect(errors).toEqual([]);
    expect(data._entities).toEqual(ids.map((id) => ({ id })));
    expect(app.sandbox.requests).toEqual([]);
  });

  test('may not be 1001', async () => {
    await using app = await withApp();
    const ids = Array.from({ length: 1001 }, (_, index) => `model-${index}`);
    const { status, data, errors } = await entities(app, ids.map(model));
    expect([status, data]).toEqual([400, undefined]);
    expect(errors).toEqual([
      {
        message: 'The operation has 1001 references; 1000 are allowed.',
        extensions: { code: 'QUERY_TOO_COMPLEX', limit: 1000, measured: 1001 },
      },
    ]);
    expect(app.sandbox.requests).toEqual([]);
  });

  test('the number of references of 80 to 40 models makes 40 calls', async () => {
    await using app = await withApp();
    const ids = sampleIds(40);
    const asked = [...ids, ...ids.toReversed()];
    const { data, errors, extensions } = await entities(app, asked.map(model));
    expect(errors).toEqual([]);
    expect(data._entities.map(({ id }: { id: string }) => id)).toEqual(asked);
    expect(extensions.upstream).toMatchObject({ calls: 40, byOperation: { GetModel: 40 } });
    expect(app.sandbox.requests).toHaveLength(40);
    expect(new Set(app.sandbox.requests.map(({ path }) => path)).size).toBe(40);
  });
});

const ABSENT_MODEL = model('model-none');
const ABSENT_VERSION = versionByName('model-none', '1.0');
const ABSENT_VERSION_ID = versionId('model-none', '1.0');

describe('a reference of which only keys are selected', () => {
  test.each([
    ['by name', '... on Model { id }', [{ id: 'model-none' }]],
    [
      'with __typename',
      '__typename ... on Model { id }',
      [{ __typename: 'Model', id: 'model-none' }],
    ],
    ['as __typename alone', '__typename', [{ __typename: 'Model' }]],
    ['under an alias', '... on Model { key: id }', [{ key: 'model-none' }]],
    ['under the alias of another field', '... on Model { name: id }', [{ name: 'model-none' }]],
    ['on the interface', '... on Node { id }', [{ id: 'model-none' }]],
    ['on the union', '... on _Entity { ... on Model { id } }', [{ id: 'model-none' }]],
    ['in nested fragments', '... on Node { ... { ... on Model { id } } }', [{ id: 'model-none' }]],
    [
      'with more on another type',
      '... on Model { id } ... on ModelVersion { uri }',
      [{ id: 'model-none' }],
    ],
    [
      'beside a field that is skipped',
      '... on Model { id name @skip(if: true) }',
      [{ id: 'model-none' }],
    ],
    [
      'beside a fragment that is left out',
      '... on Model { id ... @include(if: false) { name } }',
      [{ id: 'model-none' }],
    ],
  ])('%s is echoed, unverified and without a call', async (_, selection, expected) => {
    await using app = await withApp();
    const { data, errors, extensions } = await select(app, selection, [ABSENT_MODEL]);
    expect(errors).toEqual([]);
    expect(data._entities).toEqual(expected);
    expect(extensions.upstream.calls).toBe(0);
    expect(app.sandbox.requests).toEqual([]);
  });

  test('is echoed by each key of a version, with the other key made of it', async () => {
    await using app = await withApp();
    const { data, errors } = await select(
      app,
      '... on ModelVersion { __typename id modelId versionName }',
      [ABSENT_VERSION, versionById(ABSENT_VERSION_ID)],
    );
    const echo = { ...ABSENT_VERSION, id: ABSENT_VERSION_ID };
    expect(errors).toEqual([]);
    expect(data._entities).toEqual([echo, echo]);
    expect(app.sandbox.requests).toEqual([]);
  });

  test('is echoed through a named fragment used twice', async () => {
    await using app = await withApp();
    const { data } = await select(
      app,
      '...Keys ... on Node { ...Keys }',
      [ABSENT_MODEL, ABSENT_VERSION],
      {
        fragments: `
        fragment Keys on Node { id ...ModelKeys ... on ModelVersion { modelId versionName } }
        fragment ModelKeys on Model { id }`,
      },
    );
    expect(data._entities).toEqual([
      { id: 'model-none' },
      { id: ABSENT_VERSION_ID, modelId: 'model-none', versionName: '1.0' },
    ]);
    expect(app.sandbox.requests).toEqual([]);
  });

  test.each([
    ['skips', { hide: true, show: false }, [{ id: 'model-none' }], 0],
    ['includes', { hide: false, show: true }, [null], 1],
    ['includes by default', {}, [null], 1],
  ])('is judged by the value of a variable that %s', async (_, variables, expected, calls) => {
    await using app = await withApp();
    const { data } = await select(
      app,
      '... on Model { id name @skip(if: $hide) ... @include(if: $show) { task } }',
      [ABSENT_MODEL],
      { variables, declarations: ', $hide: Boolean = false, $show: Boolean = true' },
    );
    expect(data._entities).toEqual(expected);
    expect(app.sandbox.requests).toHaveLength(calls);
  });

  test.each([
    ['a field', '... on Model { id name }'],
    ['a field under the alias of the key', '... on Model { id: name }'],
    ['a field in a named fragment', '...Rest'],
    ['a field in a fragment on the interface', '... on Node { id ... on Model { name } }'],
    ['a field beside a second selection of keys', '... on Model { id } ... on Model { name }'],
    ['where it came from', '... on Model { id meta { source } }'],
    ['labels, which an echo would have none of', '... on Model { id labels { key } }'],
    ['raw', '... on Model { raw }'],
  ])('makes one call for more: %s', async (_, selection) => {
    await using app = await withApp();
    const fragments = selection.includes('...Rest') ? 'fragment Rest on Model { id name }' : '';
    const { data, errors, extensions } = await select(app, selection, [ABSENT_MODEL], {
      fragments,
    });
    expect(errors).toEqual([]);
    expect(data._entities).toEqual([null]);
    expect(extensions.upstream.calls).toBe(1);
    expect(app.sandbox.requests).toHaveLength(1);
  });

  test('is judged for each type alone', async () => {
    await using app = await withApp();
    const { data, errors } = await select(
      app,
      '... on Node { id } ... on ModelVersion { formatType }',
      [ABSENT_MODEL, ABSENT_VERSION, versionByName(DOCUMENTED_ID, '0.1.0')],
    );
    expect(errors).toEqual([]);
    expect(data._entities).toEqual([
      { id: 'model-none' },
      { id: ABSENT_VERSION_ID, formatType: null },
      { id: versionId(DOCUMENTED_ID, '0.1.0'), formatType: 'SavedModel' },
    ]);
    expect(app.sandbox.requests.map(({ operation }) => operation)).toEqual([
      'GetModelVersion',
      'GetModelVersion',
    ]);
  });

  test('is judged for each use of _entities alone', async () => {
    await using app = await withApp();
    const { data } = await app.query(
      `query ($representations: [_Any!]!) {
        keys: _entities(representations: $representations) { ... on Model { id } }
        names: _entities(representations: $representations) { ... on Model { id name } }
      }`,
      { representations: [ABSENT_MODEL] },
    );
    expect(data).toEqual({ keys: [{ id: 'model-none' }], names: [null] });
    expect(app.sandbox.requests).toHaveLength(1);
  });

  test('is judged by all selected parts of one use of _entities', async () => {
    await using app = await withApp();
    const { data } = await app.query(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on Model { id } }
        _entities(representations: $representations) { ... on Model { name } }
      }`,
      { representations: [ABSENT_MODEL, model(DOCUMENTED_ID)] },
    );
    expect(data).toEqual({ _entities: [null, { id: DOCUMENTED_ID, name: '情感分析' }] });
    expect(app.sandbox.requests).toHaveLength(2);
  });

  test('is echoed there only: model, modelVersion and node always know', async () => {
    await using app = await withApp();
    const { data, errors } = await app.query(
      `query ($version: ID!) {
        model(id: "model-none") { id }
        modelsByIds(ids: ["model-none"]) { id }
        modelVersion(modelId: "model-none", versionName: "1.0") { id }
        node(id: "model-none") { id }
        nodes(ids: [$version]) { id }
      }`,
      { version: ABSENT_VERSION_ID },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      model: null,
      modelsByIds: [null],
      modelVersion: null,
      node: null,
      nodes: [null],
    });
  });
});

describe('a failure upstream', () => {
  test('fails the references to that model alone', async () => {
    await using app = await withApp();
    const [broken = '', whole = ''] = sampleIds(2);
    app.sandbox.faults.add({
      modelId: broken,
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM', message: 'secret detail' },
    });
    const { status, data, errors } = await select(app, '... on Model { id workspaceId }', [
      model(whole),
      model(broken),
      model('model-none'),
      model(broken),
      { __typename: 'Model' },
    ]);
    expect(status).toBe(200);
    expect(data._entities).toEqual([
      { id: whole, workspaceId: expect.any(String) },
      null,
      null,
      null,
      null,
    ]);
    expect(
      Object.fromEntries(errors.map((error) => [error.path?.at(1), error.extensions.code])),
    ).toEqual({ 1: 'FORBIDDEN', 3: 'FORBIDDEN', 4: 'BAD_USER_INPUT' });
    expect(errors).toHaveLength(3);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });

  test.each([
    ['formatType', { id: true, formatType: null, uri: null }, 'formatType'],
    ['label', { id: true, label: null, uri: null }, 'label'],
    ['labels', { id: true, labels: null, uri: null }, 'labels'],
    ['meta', { id: true, meta: null, uri: null }, 'uri'],
  ])(
    'of a version leaves its keys and is one error at its first other field that is read, as with %s',
    async (first, expected, at) => {
      await using app = await withApp();
      app.sandbox.faults.add({
        operation: 'GetModelVersion',
        fault: { kind: 'error', status: 403, code: 'Forbidden.RAM', message: 'secret detail' },
      });
      const selected = {
        label: 'label(key: "k1")',
        labels: 'labels { key }',
        meta: 'meta { source }',
      };
      const field = Object.entries(selected).find(([name]) => name === first)?.[1] ?? first;
      const id = versionId(DOCUMENTED_ID, '0.1.0');
      const { status, data, errors } = await select(
        app,
        `... on ModelVersion { id ${field} uri }`,
        [versionById(id), model(DOCUMENTED_ID), versionByName(DOCUMENTED_ID, '0.1.0')],
      );
      expect(status).toBe(200);
      expect(data._entities).toEqual([{ ...expected, id }, {}, { ...expected, id }]);
      expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
        [['_entities', 0, at], 'FORBIDDEN'],
        [['_entities', 2, at], 'FORBIDDEN'],
      ]);
      expect(JSON.stringify(errors)).not.toContain('secret');
    },
  );

  test('of a version does not concern its model', async () => {
    await using app = await withApp();
    app.sandbox.faults.add({
      operation: 'GetModelVersion',
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { data, errors } = await select(
      app,
      '... on ModelVersion { versionName model { name } }',
      [versionByName(DOCUMENTED_ID, '0.1.0')],
    );
    expect(errors).toEqual([]);
    expect(data._entities).toEqual([{ versionName: '0.1.0', model: { name: '情感分析' } }]);
  });

  test('a failure upstream of a field below fails that field alone', async () => {
    await using app = await withApp();
    app.sandbox.faults.add({
      operation: 'ListModelVersions',
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { data, errors } = await select(app, '... on Model { id name versions { totalCount } }', [
      model(DOCUMENTED_ID),
    ]);
    expect(data._entities).toEqual([{ id: DOCUMENTED_ID, name: '情感分析', versions: null }]);
    expect(errors.map(({ path }) => path)).toEqual([['_entities', 0, 'versions']]);
  });
});

test('_entities answers the same with RELAY_NODE=off', async () => {
  await using app = await withApp({ env: { RELAY_NODE: 'off' } });
  const references = [
    model(DOCUMENTED_ID),
    versionById(versionId(DOCUMENTED_ID, '0.1.0')),
    versionByName(DOCUMENTED_ID, '0.1.0'),
    model('model-none'),
  ];
  const { data, errors } = await entities(app, references);
  expect(errors).toEqual([]);
  expect(data._entities).toEqual([DOCUMENTED_MODEL, DOCUMENTED_VERSION, DOCUMENTED_VERSION, null]);
});
