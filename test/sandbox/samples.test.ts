// The models of a sandbox that was given none; the way to ask for them is tested elsewhere.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, sampleModels, startSandbox } from '../../sandbox/sandbox.js';
import { callSandbox, listModels, listVersions } from './signed-call.js';

const documentedId = 'model-rbvg5wzljzks92';

describe('the sample models', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  it('holds the documented example word for word, but for its id', async () => {
    const file = new URL('./documented-example.json', import.meta.url);
    const documented = JSON.parse(readFileSync(file, 'utf8'));
    const { json } = await callSandbox(sandbox);
    expect({ ...json, RequestId: '' }).toEqual({
      ...documented,
      ModelId: documentedId,
      RequestId: '',
    });
    const versions = await listVersions(sandbox, documentedId);
    expect(versions.names).toEqual(['0.1.0']);
  });

  it('finds the documented model alone by its exact name, with tags', async () => {
    const { ids, items } = await listModels(sandbox, { ModelName: '"情感分析"' });
    expect(ids).toEqual([documentedId]);
    expect(items[0]?.Tags).toHaveLength(2);
    const fuzzy = await listModels(sandbox, { ModelName: '情感分析' });
    expect(fuzzy.ids.length).toBeGreaterThan(1);
  });

  it('has many models of its own, and public ones of two providers', async () => {
    const totals = await Promise.all([
      listModels(sandbox),
      listModels(sandbox, { Provider: 'pai' }),
      listModels(sandbox, { Provider: 'huggingface' }),
    ]);
    expect(totals.map(({ total }) => total)).toEqual([53, 12, 8]);
  });

  it('is the same at every start, with unique well-formed ids and names', () => {
    const models = sampleModels();
    expect(models).toEqual(sampleModels());
    const ids = models.map(({ model }) => String(model.ModelId));
    expect(new Set(ids).size).toBe(72);
    expect(new Set(models.map(({ model }) => model.ModelName)).size).toBe(72);
    expect(ids.filter((id) => !/^model-[0-9a-z]{14}$/.test(id))).toEqual([]);
    expect(ids).not.toContain('model-none');
  });

  it('has models with no version, one, several and 25, whose error rate falls', async () => {
    const counts = new Set(sampleModels().map(({ versions }) => versions.length));
    expect([0, 1, 2, 25].every((count) => counts.has(count))).toBe(true);
    const { ids } = await listModels(sandbox, { ModelName: '客服热线' });
    const { text } = await listVersions(sandbox, ids[0] ?? '', { PageSize: '100' });
    const answer: { Versions: { Metrics: { Results: { Metrics: { cer: number } }[] } }[] } =
      JSON.parse(text);
    const rates = answer.Versions.map(({ Metrics }) => Metrics.Results[0]?.Metrics.cer ?? 0);
    expect(rates).toHaveLength(25);
    expect(rates).toEqual([...rates].sort((left, right) => right - left));
    expect(rates[24]).toBeLessThan((rates[0] ?? 0) / 2);
  });

  it('holds numbers at the edges, once each', () => {
    const models = sampleModels().map(({ model }) => model);
    expect(models.filter(({ OrderNumber }) => OrderNumber === 2147483648)).toHaveLength(1);
    const largest = models.filter(({ ParameterSize }) => ParameterSize === 9007199254740991);
    expect(largest).toHaveLength(1);
  });
});
