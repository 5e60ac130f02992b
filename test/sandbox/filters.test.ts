// The effect of each filter parameter of the two lists, and the values that are refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { handmade } from './handmade-models.js';
import { listModels, listVersions } from './signed-call.js';

describe('the lists', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ models: handmade });
  });
  afterAll(() => sandbox.close());

  const idsFor = async (query: Record<string, string>) => (await listModels(sandbox, query)).ids;
  const versionsFor = async (query: Record<string, string>) =>
    (await listVersions(sandbox, 'model-a', query)).names;

  it.each([
    ['ModelName fuzzily', { ModelName: 'Speech' }, ['model-a', 'model-b']],
    ['ModelName exactly in double quotes', { ModelName: '"speech"' }, ['model-b']],
    ['Label by key', { Label: '语' }, ['model-a']],
    ['Label by value', { Label: '中文' }, ['model-a']],
    ['Provider: its public models only', { Provider: 'pai' }, ['model-public']],
    ['Domain', { Domain: 'nlp' }, ['model-b']],
    ['Task', { Task: 'asr' }, ['model-a']],
    ['Origin', { Origin: 'ModelScope' }, ['model-a']],
    ['ModelType', { ModelType: 'LoRA' }, ['model-a']],
    ['WorkspaceId', { WorkspaceId: '1' }, ['model-a']],
    ['Query in names', { Query: 'tie' }, ['model-c', 'model-d']],
    ['Query in labels', { Query: '中' }, ['model-a']],
    ['Query in domains', { Query: 'nl' }, ['model-b']],
    ['any of Collections', { Collections: 'AI4D,QuickStart' }, ['model-a', 'model-b']],
    ['one Tag', { Tag: '[{"Key":"team","Value":"x"}]' }, ['model-a', 'model-b']],
    [
      'all of Tag',
      { Tag: '[{"Key":"team","Value":"x"},{"Key":"stage","Value":"prod"}]' },
      ['model-a'],
    ],
    ['Tag by key', { Tag: '[{"Key":"stage"}]' }, ['model-a']],
    ['several at once', { Query: 'speech', Domain: 'audio' }, ['model-a']],
    ['empty texts as no filter', { Label: '', Domain: 'nlp' }, ['model-b']],
  ])('filter models by %s', async (_, query, expected) => {
    expect(await idsFor(query)).toEqual(expected);
  });

  it.each([
    ['ParameterSize', 'LessThan', '3000', ['model-a']],
    ['ParameterSize', 'LessThanOrEqual', '3000', ['model-a', 'model-b']],
    ['ParameterSize', 'GreaterThan', '100', ['model-b']],
    ['ParameterSize', 'GreaterThanOrEqual', '100', ['model-a', 'model-b']],
    ['ParameterSize', 'NotEqual', '100', ['model-b']],
    ['OrderNumber', 'Equal', '2147483648', ['model-b']],
    ['Domain', 'Equal', 'audio', ['model-a']],
    ['Domain', 'NotEqual', 'audio', ['model-b']],
  ])('filter models by the condition %s %s %s', async (column, operator, value, expected) => {
    const conditions = [{ Column: column, Operator: operator, Value: value }];
    expect(await idsFor({ Conditions: JSON.stringify(conditions) })).toEqual(expected);
  });

  it.each([
    ['VersionName', '0.1.0', '0.1.0'],
    ['FormatType', 'Keras H5', '0.1.0'],
    ['FrameworkType', 'Keras', '0.2.0'],
    ['SourceType', 'Custom', '0.2.0'],
    ['SourceId', 's1', '0.1.0'],
    ['Label', 'gol', '0.2.0'],
    ['ApprovalStatus', 'Approved', '0.2.0'],
  ])('filter versions by %s', async (name, value, expected) => {
    expect(await versionsFor({ [name]: value })).toEqual([expected]);
  });

  it.each([
    ['PageNumber', '0'],
    ['PageNumber', 'one'],
    ['PageSize', '-1'],
    ['PageSize', '99999999999'],
    ['Order', 'desc'],
    ['SortBy', 'ModelName'],
    ['Collections', ''],
    ['Tag', '{}'],
    ['Tag', 'team'],
    ['Tag', '[{"Value":"x"}]'],
    ['Conditions', '[1]'],
    ['Conditions', '[{"Column":"Secret","Operator":"Equal","Value":"1"}]'],
    ['Conditions', '[{"Column":"ParameterSize","Operator":"toString","Value":"1"}]'],
    ['Conditions', '[{"Column":"ParameterSize","Operator":"LessThan","Value":3000}]'],
    ['Conditions', '[{"Column":"ParameterSize","Operator":"LessThan","Value":"many"}]'],
    ['Conditions', '[{"Column":"Domain","Operator":"LessThan","Value":"b"}]'],
  ])('refuse %s=%s', async (name, value) => {
    const { status, json } = await listModels(sandbox, { [name]: value });
    expect([status, json.Code]).toEqual([400, `InvalidParameter.${name}`]);
  });

  it('refuse a status that no version can have', async () => {
    const { json } = await listVersions(sandbox, 'model-a', { ApprovalStatus: 'approved' });
    expect(json.Code).toBe('InvalidParameter.ApprovalStatus');
  });
});
