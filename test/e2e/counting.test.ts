// The upstream cost of an operation: one GetModel call for each distinct id, never more.
import { describe, expect, test } from 'vitest';
import { DOCUMENTED_ID, sampleIds, withApp } from '../support/with-app.js';

describe('one operation', () => {
  test('makes 25 calls for 50 ids of which half are duplicates, in order', async () => {
    await using app = await withApp();
    const distinct = sampleIds(25);
    const ids = [...distinct, ...distinct.toReversed()];
    const { data, extensions } = await app.query(
      'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }',
      { ids },
    );
    expect(data.modelsByIds.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(app.sandbox.requests).toHaveLength(25);
    expect(extensions.upstream).toMatchObject({ calls: 25, byOperation: { GetModel: 25 } });
  });

  test('makes 2 calls for 20 aliases over 2 ids', async () => {
    await using app = await withApp();
    const aliases = Array.from({ length: 20 }, (_, index) => {
      const id = index % 2 === 0 ? DOCUMENTED_ID : 'model-none';
      return `a${index}: model(id: "${id}") { id name }`;
    });
    const { data, errors, extensions } = await app.query(`{ ${aliases.join('\n')} }`);
    expect(errors).toEqual([]);
    expect(data.a18).toEqual({ id: DOCUMENTED_ID, name: '情感分析' });
    expect(data.a19).toBeNull();
    expect(extensions.upstream.calls).toBe(2);
    expect(app.sandbox.requests).toHaveLength(2);
  });

  test('reads a model once for its aliases, lists, references and latestVersion.model', async () => {
    await using app = await withApp();
    const { data, extensions } = await app.query(
      `query ($id: ID!, $representations: [_Any!]!) {
        model(id: $id) { latestVersion { model { latestVersion { model { name } } } } }
        modelsByIds(ids: [$id, $id]) { name }
        _entities(representations: $representations) { ... on Model { name } }
      }`,
      { id: DOCUMENTED_ID, representations: [{ __typename: 'Model', id: DOCUMENTED_ID }] },
    );
    expect(data.model.latestVersion.model.latestVersion.model.name).toBe('情感分析');
    expect(data._entities[0].name).toBe('情感分析');
    expect(extensions.upstream.calls).toBe(1);
  });

  test('reads many ids without a warning of leaking listeners', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    await using app = await withApp();
    await app.query('query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }', {
      ids: sampleIds(60),
    });
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  test('fails only the id whose call fails', async () => {
    await using app = await withApp();
    app.sandbox.faults.add({
      modelId: DOCUMENTED_ID,
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM', message: 'secret detail' },
    });
    const [other] = sampleIds(1);
    const { status, data, errors } = await app.query(
      'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }',
      { ids: [other, DOCUMENTED_ID, other, DOCUMENTED_ID] },
    );
    expect(status).toBe(200);
    expect(data.modelsByIds).toEqual([{ id: other }, null, { id: other }, null]);
    expect(errors.map(({ path }) => path)).toEqual([
      ['modelsByIds', 1],
      ['modelsByIds', 3],
    ]);
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    expect(JSON.stringify(errors)).not.toContain('secret');
  });
});
