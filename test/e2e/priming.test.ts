// Values of one answer are not asked for again in its operation, and never stand for values of another answer.
import { describe, expect, test } from 'vitest';
import { operationsAsked, withoutErrors } from '../graphql/list-answers.js';
import {
  modelId,
  numberedModels,
  numberedVersions,
  range,
  versionName,
} from '../graphql/numbered-registry.js';
import { withApp } from '../support/with-app.js';

/** Three models with a tag and two versions each. */
const open = (versions = 2) =>
  withApp({
    sandbox: {
      models: numberedModels(3, (index) => ({
        tags: [{ Key: 'team', Value: String(index) }],
        versions: numberedVersions(versions, (version) => ({
          VersionDescription: `${version} of ${index}`,
        })),
      })),
    },
  });

describe('a model that a list has shown', () => {
  test('is not read again through GetModel', async () => {
    await using app = await open();
    const { models } = withoutErrors(
      await app.query('{ models { nodes { name latestVersion { model { name } } } } }'),
    );
    expect(models.nodes).toEqual(
      range(0, 3).map((index) => ({
        name: `name ${index}`,
        latestVersion: { model: { name: `name ${index}` } },
      })),
    );
    expect(operationsAsked(app)).toEqual(['ListModels']);
  });

  test('has its tags at its place in the list and never in its raw', async () => {
    await using app = await open();
    const { models } = withoutErrors(
      await app.query(
        '{ models(first: 1) { edges { tags { key value } node { raw latestVersion { model { raw } } } } } }',
      ),
    );
    const [{ tags, node }] = models.edges;
    expect(tags).toEqual([{ key: 'team', value: '0' }]);
    expect(node.raw).not.toHaveProperty('Tags');
    expect(node.latestVersion.model.raw).toEqual(node.raw);
  });

  test('says in its meta which answer it came with', async () => {
    await using app = await open();
    const meta = 'meta { requestId fetchedAt source }';
    const { models } = withoutErrors(
      await app.query(
        `{ models(first: 1) { nodes { ${meta} latestVersion { ${meta} model { ${meta} } } } } }`,
      ),
    );
    const [node] = models.nodes;
    expect(node.meta.requestId).toMatch(/^[\w-]{36}$/);
    expect(node.latestVersion.meta).toEqual(node.meta);
    expect(node.latestVersion.model.meta).toEqual(node.meta);
  });

  test('is read beside the list when both are asked for at once', async () => {
    await using app = await open();
    const data = withoutErrors(
      await app.query(`{
        model(id: "${modelId(0)}") { name raw }
        models(first: 1) { nodes { name raw } }
      }`),
    );
    expect(data.model.name).toBe('name 0');
    expect(data.models.nodes).toEqual([data.model]);
    expect(operationsAsked(app).sort()).toEqual(['GetModel', 'ListModels']);
  });

  test('is not read again for its versions’ models, however deep', async () => {
    await using app = await open();
    const { models } = withoutErrors(
      await app.query(`{ models { nodes { versions { nodes {
        model { name latestVersion { model { name } } }
      } } } } }`),
    );
    expect(models.nodes[2].versions.nodes[1].model.latestVersion.model.name).toBe('name 2');
    expect(operationsAsked(app)).toEqual(['ListModels', ...Array(3).fill('ListModelVersions')]);
  });
});

describe('a version that was shown', () => {
  test('by a list is read through GetModelVersion when it is asked for by name', async () => {
    await using app = await open(5);
    const aliases = range(0, 5).map(
      (index) => `v${index}: version(name: "${versionName(index)}") { description }`,
    );
    const { model } = withoutErrors(
      await app.query(
        `{ model(id: "${modelId(1)}") { versions { nodes { description model { ${aliases.join(' ')} } } } } }`,
      ),
    );
    const [{ model: again }] = model.versions.nodes;
    expect(again.v3).toEqual({ description: '3 of 1' });
    expect(Object.values(again)).toEqual(
      model.versions.nodes.map(({ description }: { description: string }) => ({ description })),
    );
    // The newest came with its model, through GetModel.
    const asked = ['GetModel', 'ListModelVersions', ...Array(4).fill('GetModelVersion')];
    expect(operationsAsked(app)).toEqual(asked);
  });

  test('a version that was shown as the latest of a listed model is read when it is asked for by name, as an older one is', async () => {
    await using app = await open();
    const { models } = withoutErrors(
      await app.query(`{ models { nodes {
        latest: version(name: "0.1.0") { description }
        older: version(name: "0.0.0") { description }
      } } }`),
    );
    expect(models.nodes[1]).toEqual({
      latest: { description: '1 of 1' },
      older: { description: '0 of 1' },
    });
    expect(operationsAsked(app)).toEqual(['ListModels', ...Array(6).fill('GetModelVersion')]);
  });

  test('is the same by every way there is', async () => {
    const all = 'id modelId versionName description createdAt raw';
    await using app = await open();
    const { models, model, modelVersion } = withoutErrors(
      await app.query(`{
        models(first: 1) { nodes { latestVersion { ${all} } } }
        model(id: "${modelId(0)}") { version(name: "0.1.0") { ${all} }
          versions(last: 1) { nodes { ${all} } } }
        modelVersion(modelId: "${modelId(0)}", versionName: "0.1.0") { ${all} }
      }`),
    );
    expect(modelVersion.description).toBe('1 of 0');
    expect(models.nodes[0].latestVersion).toEqual(modelVersion);
    expect(model.version).toEqual(modelVersion);
    expect(model.versions.nodes).toEqual([modelVersion]);
  });
});

describe.each(['on', 'off'])('a sparse list, with UPSTREAM_LIST_BATCHING=%s', (batching) => {
  const PAGE = { Models: [{ ModelId: modelId(0), ModelName: 'sparse' }], TotalCount: 1 };
  const SPARSE_VERSION = { VersionName: versionName(1) };
  const openSparse = async () => {
    const app = await withApp({
      env: { UPSTREAM_LIST_BATCHING: batching },
      sandbox: { models: numberedModels(3, () => ({ versions: numberedVersions(2, described) })) },
    });
    app.sandbox.faults.add(
      { operation: 'ListModels', fault: { kind: 'wrongShape', body: PAGE } },
      {
        operation: 'ListModelVersions',
        fault: { kind: 'wrongShape', body: { Versions: [SPARSE_VERSION], TotalCount: 1 } },
      },
    );
    return app;
  };
  const described = (index: number) => ({ VersionDescription: `version ${index}` });
  const WHOLE = { name: 'name 0', latestVersion: { description: 'version 1' } };
  const BY_ID = `model(id: "${modelId(0)}") { name latestVersion { description } }`;

  // A list without LatestVersion answered `latestVersion: null`, by id and from the cache.
  test('answers no read by id, neither in its operation nor from the cache', async () => {
    await using app = await openSparse();
    const both = withoutErrors(
      await app.query(`{
        models { nodes { name latestVersion { description } } }
        ${BY_ID}
        modelVersion(modelId: "${modelId(0)}", versionName: "0.0.0") { model { name latestVersion { description } } }
      }`),
    );
    expect(both.models.nodes).toEqual([{ name: 'sparse', latestVersion: null }]);
    expect(both.model).toEqual(WHOLE);
    expect(both.modelVersion.model).toEqual(WHOLE);
    const headers = { 'cache-control': 'no-cache' };
    await app.query('{ models { nodes { name } } }', {}, headers);
    app.passes(31_000);
    await app.query('{ models { nodes { name } } }', {}, headers);
    expect(withoutErrors(await app.query(`{ ${BY_ID} }`)).model).toEqual(WHOLE);
  });

  test('stands for its models below itself, without a call', async () => {
    await using app = await openSparse();
    const { models } = withoutErrors(
      await app.query(`{ models { nodes {
        versions { nodes { model { name } } }
        version(name: "0.0.0") { description model { name } }
        metricHistory(metric: "x") { version { model { name } } }
      } } }`),
    );
    const model = { name: 'sparse' };
    expect(models.nodes).toEqual([
      {
        versions: { nodes: [{ model }] },
        version: { description: 'version 0', model },
        metricHistory: [],
      },
    ]);
    expect(operationsAsked(app).sort()).toEqual([
      'GetModelVersion',
      ...Array(2).fill('ListModelVersions'),
      'ListModels',
    ]);
  });

  test('of versions answers no read by name', async () => {
    await using app = await openSparse();
    const { model } = withoutErrors(
      await app.query(`{ model(id: "${modelId(0)}") { versions { nodes {
        description model { version(name: "0.0.0") { description } }
      } } } }`),
    );
    expect(model.versions.nodes).toEqual([
      { description: null, model: { version: { description: 'version 0' } } },
    ]);
  });
});
