// The answers of the sandbox to each operation, and the order of its lists; filters are tested elsewhere.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { handmade, tiny } from './handmade-models.js';
import { callSandbox, listModels, listVersions } from './signed-call.js';

describe('the operations', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({
      models: handmade,
      pageSizeMax: 3,
      keys: [
        { id: 'sandbox', secret: 'sandbox-secret' },
        { id: 'half', secret: 's', sees: (model) => model.Domain !== 'audio' },
      ],
    });
  });
  afterAll(() => sandbox.close());

  const idsFor = async (query: Record<string, string>) => (await listModels(sandbox, query)).ids;
  const versionsFor = async (query: Record<string, string>) =>
    (await listVersions(sandbox, 'model-a', query)).names;
  const get = (path: string, operation = 'GetModel') =>
    callSandbox(sandbox, { path: `/api/v1/models/${path}`, operation });

  it('the operations give a model with its latest version, but without tags', async () => {
    const { json } = await get('model-a');
    expect(json).toMatchObject({ ModelId: 'model-a', LatestVersion: { VersionName: '0.2.0' } });
    expect(json).not.toHaveProperty('Tags');
    expect((await get('model-b')).json).not.toHaveProperty('LatestVersion');
  });

  it('the operations give a version that does not name its model', async () => {
    const { json } = await get('model-a/versions/0.1.0', 'GetModelVersion');
    expect(json).toMatchObject({ VersionName: '0.1.0', RequestId: expect.any(String) });
    expect(json).not.toHaveProperty('ModelId');
  });

  it('the operations tell an absent model from an absent version', async () => {
    const codes = await Promise.all([
      get('model-none'),
      get('model-none/versions/0.1.0', 'GetModelVersion'),
      get('model-none/versions', 'ListModelVersions'),
      get('model-a/versions/9.9.9', 'GetModelVersion'),
    ]);
    expect(codes.map(({ status, json }) => [status, json.Code])).toEqual([
      [404, '201900002'],
      [404, '201900002'],
      [404, '201900002'],
      [404, '201900003'],
    ]);
  });

  it('the operations hide models that a key may not see: no permission by id, absent in lists', async () => {
    const half = { keyId: 'half', secret: 's' };
    const { status, json } = await callSandbox(sandbox, {
      ...half,
      path: '/api/v1/models/model-a',
    });
    expect([status, json.Code]).toEqual([404, '100700008']);
    expect(json.Message).toMatch(/^No permission/);
    const list = await listModels(sandbox, {}, half);
    expect(list.ids).not.toContain('model-a');
    expect(list.total).toBe(3);
  });

  it('the operations list oldest first, ties by id, with tags and latest version', async () => {
    const first = await listModels(sandbox);
    expect(first.ids).toEqual(['model-a', 'model-b', 'model-c']);
    expect(first.total).toBe(4);
    const second = await listModels(sandbox, { PageNumber: '2' });
    expect(second.ids).toEqual(['model-d']);
    expect(first.items[0]).toMatchObject({
      Tags: [{ Key: 'team' }, { Key: 'stage' }],
      LatestVersion: { VersionName: '0.2.0' },
    });
  });

  it('the operations page and order as asked, and cut a page that is too large without a word', async () => {
    const ascending = { Order: 'ASC', SortBy: 'GmtCreateTime' };
    expect(await idsFor({ ...ascending, PageSize: '1', PageNumber: '2' })).toEqual(['model-b']);
    expect(await idsFor({ ...ascending, PageSize: '50' })).toHaveLength(3);
    expect(await idsFor({ PageNumber: '99' })).toEqual([]);
  });

  it('the operations list versions oldest first, or as asked', async () => {
    expect(await versionsFor({})).toEqual(['0.1.0', '0.2.0']);
    expect(await versionsFor({ Order: 'DESC', SortBy: 'GmtCreateTime' })).toEqual([
      '0.2.0',
      '0.1.0',
    ]);
    const second = await listVersions(sandbox, 'model-a', { PageSize: '1', PageNumber: '2' });
    expect([second.names, second.total]).toEqual([['0.2.0'], 2]);
  });

  it('the operations answer from the new registry once it is swapped', async () => {
    sandbox.setModels([tiny('model-new', '2024-01-01T00:00:00Z')]);
    expect(await idsFor({})).toEqual(['model-new']);
    sandbox.setModels(handmade);
  });
});
