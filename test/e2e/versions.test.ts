// Versions over sockets: one of them, the latest, and lists of them; and the costs of each.
import { describe, expect, test } from 'vitest';
import {
  keysOf,
  listVersions,
  operationsAsked,
  pagesAsked,
  withoutErrors,
} from '../graphql/list-answers.js';
import {
  modelId,
  numberedModels,
  numberedVersions,
  range,
  versionName,
} from '../graphql/numbered-registry.js';
import { DOCUMENTED_ID, withApp } from '../support/with-app.js';

const [MODEL, OTHER] = [modelId(0), modelId(1)];

/** Two models with versions of the same names, told apart by their descriptions. */
const withVersions = (count: number) =>
  withApp({
    sandbox: {
      models: numberedModels(2, (model) => ({
        versions: numberedVersions(count, (version) => ({
          VersionDescription: `${version} of ${model}`,
          FormatType: version % 2 === 0 ? 'Keras H5' : 'ONNX',
        })),
      })),
    },
  });

describe('one version', () => {
  test('costs one call by the id of its model and its name', async () => {
    await using app = await withVersions(3);
    const { modelVersion } = withoutErrors(
      await app.query(
        `{ modelVersion(modelId: "${MODEL}", versionName: "0.1.0") { modelId versionName description } }`,
      ),
    );
    expect(modelVersion).toEqual({
      modelId: MODEL,
      versionName: '0.1.0',
      description: '1 of 0',
    });
    expect(app.sandbox.requests.map(({ path }) => path)).toEqual([
      `/api/v1/models/${MODEL}/versions/0.1.0`,
    ]);
  });

  test('is not taken for the version of the same name of another model', async () => {
    await using app = await withVersions(3);
    const data = withoutErrors(
      await app.query(`{
        a: modelVersion(modelId: "${MODEL}", versionName: "0.1.0") { description }
        b: modelVersion(modelId: "${OTHER}", versionName: "0.1.0") { description }
        again: modelVersion(modelId: "${MODEL}", versionName: "0.1.0") { description }
      }`),
    );
    expect(Object.values<{ description: string }>(data).map((row) => row.description)).toEqual([
      '1 of 0',
      '1 of 1',
      '1 of 0',
    ]);
    expect(operationsAsked(app)).toEqual(['GetModelVersion', 'GetModelVersion']);
  });

  test('costs one call beyond its model’s, and none when it is the latest', async () => {
    await using app = await withVersions(3);
    const { model } = withoutErrors(
      await app.query(`{ model(id: "${MODEL}") {
        older: version(name: "0.1.0") { description }
        latest: version(name: "0.2.0") { description }
      } }`),
    );
    expect(model).toEqual({
      older: { description: '1 of 0' },
      latest: { description: '2 of 0' },
    });
    expect(operationsAsked(app)).toEqual(['GetModel', 'GetModelVersion']);
  });

  test('knows its model, which costs one call more', async () => {
    await using app = await withVersions(3);
    const { modelVersion } = withoutErrors(
      await app.query(
        `{ modelVersion(modelId: "${MODEL}", versionName: "0.1.0") { model { name } } }`,
      ),
    );
    expect(modelVersion.model.name).toBe('name 0');
    expect(operationsAsked(app)).toEqual(['GetModelVersion', 'GetModel']);
  });

  test('one version that does not exist is null, without an error', async () => {
    await using app = await withVersions(1);
    const data = withoutErrors(
      await app.query(`{
        noVersion: modelVersion(modelId: "${MODEL}", versionName: "9.9.9") { id }
        noModel: modelVersion(modelId: "model-none", versionName: "0.1.0") { id }
        model(id: "${MODEL}") { version(name: "9.9.8") { id } }
        none: model(id: "model-none") { version(name: "0.1.0") { id } }
      }`),
    );
    expect(data).toEqual({
      ...{ noVersion: null, noModel: null, none: null },
      model: { version: null },
    });
  });

  test.each([
    ['a model', `modelVersion(modelId: "-", versionName: "0.1.0")`, ['modelVersion'], /^modelId: /],
    [
      'a name',
      `modelVersion(modelId: "m", versionName: "a/b")`,
      ['modelVersion'],
      /^versionName: /,
    ],
    ['a path', `modelVersion(modelId: "m", versionName: "..")`, ['modelVersion'], /^versionName: /],
    ['no name', `modelVersion(modelId: "m", versionName: "")`, ['modelVersion'], /^versionName: /],
    ['a name', `model(id: "${MODEL}") { version(name: "a b")`, ['model', 'version'], /^name: /],
  ])(
    'with %s that is not valid is refused, for any selection (%s)',
    async (_, field, path, message) => {
      await using app = await withVersions(1);
      const open = field.includes('{') ? '}' : '';
      const { errors } = await app.query(`{ ${field} { __typename } ${open} }`);
      expect(errors).toMatchObject([{ path, extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors[0]?.message).toMatch(message);
      expect(operationsAsked(app)).not.toContain('GetModelVersion');
    },
  );
});

describe('the latest approved version', () => {
  const open = (statuses: readonly string[], env: Record<string, string> = {}) =>
    withApp({
      env,
      sandbox: {
        models: numberedModels(2, () => ({
          versions: numberedVersions(statuses.length, (version) => ({
            ApprovalStatus: statuses[version] ?? '',
          })),
        })),
      },
    });
  const ask = (selection: string) =>
    `{ model(id: "${MODEL}") { name latestApprovedVersion ${selection} } }`;

  test('is the newest one that is approved, for one call of one row', async () => {
    await using app = await open(['Approved', 'Approved', 'Rejected', 'Pending']);
    const { model } = withoutErrors(
      await app.query(ask('{ versionName approvalStatus model { name } meta { source } }')),
    );
    expect(model.latestApprovedVersion).toEqual({
      versionName: '0.1.0',
      approvalStatus: 'APPROVED',
      model: { name: 'name 0' },
      meta: { source: 'LIVE' },
    });
    expect(app.sandbox.requests.map(({ operation, query }) => [operation, query])).toEqual([
      ['GetModel', {}],
      [
        'ListModelVersions',
        {
          ApprovalStatus: 'Approved',
          SortBy: 'GmtCreateTime',
          Order: 'DESC',
          PageNumber: '1',
          PageSize: '1',
        },
      ],
    ]);
  });

  test.each([
    ['none is approved', ['Pending', 'Rejected', '']],
    ['there are no versions', []],
  ])('is null where %s', async (_, statuses) => {
    await using app = await open(statuses);
    const { model } = withoutErrors(await app.query(ask('{ versionName }')));
    expect(model.latestApprovedVersion).toBeNull();
  });

  test('is null with one error where its list fails, and its model stands', async () => {
    await using app = await open(['Approved']);
    app.sandbox.faults.add({
      operation: 'ListModelVersions',
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { data, errors } = await app.query(ask('{ versionName }'));
    expect(data.model).toEqual({ name: 'name 0', latestApprovedVersion: null });
    expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['model', 'latestApprovedVersion'], 'FORBIDDEN'],
    ]);
  });

  test('is in the price of an operation before it runs', async () => {
    await using app = await open(['Approved'], { UPSTREAM_CALLS_PER_OPERATION: '20' });
    const { errors } = await app.query(
      '{ models(first: 20) { nodes { latestApprovedVersion { uri model { name } } } } }',
    );
    expect(errors.map(({ extensions }) => extensions)).toMatchObject([
      { code: 'QUERY_TOO_COMPLEX', limit: 20, measured: 21 },
    ]);
  });
});

describe('the latest version', () => {
  test('never costs a call beyond its model’s, however it is read', async () => {
    await using app = await withVersions(3);
    const { model, models } = withoutErrors(
      await app.query(`{
        model(id: "${MODEL}") { latestVersion { id description metricResults { metrics { name } } raw
          model { latestVersion { versionName meta { requestId } } } meta { requestId } } }
        models { nodes { latestVersion { versionName description } } }
      }`),
    );
    expect(model.latestVersion.description).toBe('2 of 0');
    expect(model.latestVersion.model.latestVersion.versionName).toBe('0.2.0');
    expect(models.nodes[1].latestVersion.description).toBe('2 of 1');
    expect(operationsAsked(app).sort()).toEqual(['GetModel', 'ListModels']);
  });

  test('is null of a model without versions, whose list is empty', async () => {
    await using app = await withVersions(0);
    const { model } = withoutErrors(
      await app.query(
        `{ model(id: "${MODEL}") { latestVersion { id } versions { nodes { id } totalCount } } }`,
      ),
    );
    expect(model).toEqual({ latestVersion: null, versions: { nodes: [], totalCount: 0 } });
    expect(operationsAsked(app)).toEqual(['GetModel', 'ListModelVersions']);
  });
});

describe('a list of versions', () => {
  test('costs one call a page beyond its model’s', async () => {
    await using app = await withVersions(53);
    const page = await listVersions(app, MODEL, { first: 20 });
    expect(keysOf(page)).toEqual(range(0, 20).map(versionName));
    expect(page).toMatchObject({ totalCount: 53, pageInfo: { hasNextPage: true } });
    expect(app.sandbox.requests.map(({ path, query }) => [path, query])).toEqual([
      [`/api/v1/models/${MODEL}`, {}],
      [`/api/v1/models/${MODEL}/versions`, { PageNumber: '1', PageSize: '20' }],
    ]);
  });

  test('is read for each model of a list, each its own', async () => {
    await using app = await withVersions(3);
    const { models } = withoutErrors(
      await app.query('{ models { nodes { versions { totalCount nodes { description } } } } }'),
    );
    expect(models.nodes[1].versions.nodes[2].description).toBe('2 of 1');
    expect(operationsAsked(app)).toEqual(['ListModels', 'ListModelVersions', 'ListModelVersions']);
  });

  test('asks PAI with the exact forms of its filter and order', async () => {
    await using app = await withVersions(3);
    await app.query(`{ model(id: "${MODEL}") { versions(
      first: 5
      filter: { versionName: "0.1.0", formatType: "Keras H5", frameworkType: "Keras",
        sourceType: "PAIFlow", sourceId: "region=a,id=b", label: "gold", approvalStatus: PENDING }
      orderBy: { field: CREATED_AT, direction: DESC }
    ) { totalCount nodes { id } } } }`);
    expect(app.sandbox.requests[1]?.query).toEqual({
      ...{ VersionName: '0.1.0', FormatType: 'Keras H5', FrameworkType: 'Keras' },
      ...{ SourceType: 'PAIFlow', SourceId: 'region=a,id=b', Label: 'gold' },
      ...{ ApprovalStatus: 'Pending', SortBy: 'GmtCreateTime', Order: 'DESC' },
      ...{ PageNumber: '1', PageSize: '5' },
    });
  });

  test('shows the rows that its filter and order choose', async () => {
    await using app = await withVersions(5);
    const { model } = withoutErrors(
      await app.query(`{ model(id: "${MODEL}") { versions(
        filter: { formatType: "Keras H5" }, orderBy: { field: CREATED_AT, direction: DESC }
      ) { totalCount nodes { versionName } } } }`),
    );
    const nodes = ['0.4.0', '0.2.0', '0.0.0'].map((name) => ({ versionName: name }));
    expect(model.versions).toEqual({ totalCount: 3, nodes });
  });

  test('a list of versions of which only totalCount or nothing is selected costs the smallest page or nothing', async () => {
    await using app = await withVersions(53);
    const query = (selection: string) => `{ model(id: "${MODEL}") { versions { ${selection} } } }`;
    await app.query(query('__typename'));
    expect(operationsAsked(app)).toEqual(['GetModel']);
    app.sandbox.reset();
    const { model } = withoutErrors(await app.query(query('totalCount')));
    expect(model.versions.totalCount).toBe(53);
    expect(pagesAsked(app).at(-1)).toBe('1/1');
  });

  test.each([
    ['first: 101', /^first must/],
    ['last: -1', /^last must/],
    ['first: 1, last: 1', /^first and last/],
    ['after: "x"', /^after: /],
    ['before: "x"', /^before: /],
    ['filter: { approvalStatus: UNRECOGNIZED }', /^filter\.approvalStatus: /],
    ['filter: { frameworkType: "" }', /^filter\.frameworkType: /],
    ['filter: { sourceId: "a\\nb" }', /^filter\.sourceId: /],
  ])('is refused with %s, for any selection', async (args, message) => {
    await using app = await withVersions(1);
    const { data, errors } = await app.query(
      `{ model(id: "${MODEL}") { id versions(${args}) { __typename } } }`,
    );
    expect(data.model).toEqual({ id: MODEL, versions: null });
    expect(errors).toMatchObject([
      { path: ['model', 'versions'], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(errors[0]?.message).toMatch(message);
    expect(operationsAsked(app)).toEqual(['GetModel']);
  });

  test('does not take the cursors of another model’s list or of the list of models', async () => {
    await using app = await withVersions(5);
    const { pageInfo } = await listVersions(app, OTHER, { first: 2 });
    const { models } = withoutErrors(await app.query('{ models { pageInfo { endCursor } } }'));
    for (const cursor of [pageInfo.endCursor, models.pageInfo.endCursor]) {
      const { errors } = await app.query(
        `{ model(id: "${MODEL}") { versions(after: "${cursor}") { totalCount } } }`,
      );
      expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    }
  });

  test('a list of versions that fails is an error at its model alone', async () => {
    await using app = await withVersions(2);
    app.sandbox.faults.add({
      ...{ operation: 'ListModelVersions', modelId: OTHER },
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { status, data, errors } = await app.query(
      '{ models { nodes { id versions { totalCount } } } }',
    );
    expect(status).toBe(200);
    expect(data.models.nodes).toEqual([
      { id: MODEL, versions: { totalCount: 2 } },
      { id: OTHER, versions: null },
    ]);
    expect(errors).toMatchObject([
      { path: ['models', 'nodes', 1, 'versions'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  test('is empty when its model was deleted meanwhile', async () => {
    await using app = await withApp();
    app.sandbox.faults.add({
      operation: 'ListModelVersions',
      fault: { kind: 'error', status: 404, code: '201900002' },
    });
    const page = await listVersions(app, DOCUMENTED_ID);
    expect(page).toMatchObject({ edges: [], totalCount: 0, pageInfo: { hasNextPage: false } });
  });
});

test('training and inference of sample models are fields beside their JSON', async () => {
  await using app = await withApp();
  const fields = `{ latestVersion {
    hyperParameters { name type value defaultValue }
    trainingImage computeResource { instanceType instanceCount } processor trainingSpec
  } }`;
  const { one, other } = withoutErrors(
    await app.query(`{
      one: model(id: "model-34xiftguvnp468") ${fields}
      other: model(id: "model-4h539xghurk91h") ${fields}
    }`),
  );
  const { trainingSpec, ...typed } = one.latestVersion;
  expect(typed).toEqual({
    hyperParameters: [
      { name: 'learning_rate', type: 'Float', value: '0.00002', defaultValue: '0.00005' },
      { name: 'max_epochs', type: 'Int', value: '5', defaultValue: '1' },
      { name: 'warmup_ratio', type: 'Float', value: null, defaultValue: '0.1' },
      { name: 'batch_size', type: null, value: '32', defaultValue: null },
    ],
    trainingImage: 'pai-dlc/pytorch-training:2.1',
    computeResource: { instanceType: 'ecs.gn6i-c8g1.2xlarge', instanceCount: 1 },
    processor: 'pytorch_cpu_1.10',
  });
  expect(trainingSpec.AlgorithmSpec.JobType).toBe('PyTorchJob');
  expect(other.latestVersion.computeResource).toEqual({ instanceType: null, instanceCount: 2 });
});
