// Training and inference in the forms that PAI's SDK writes; any other form is null, and is not drift.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/lib/json.js';
import { anyJson, asSent, decodeV, versionWith } from './decoding.js';

const NOTHING = { hyperParameters: null, trainingImage: null, computeResource: null };

function trainingOf(spec: JsonObject) {
  const { version, drift } = versionWith('TrainingSpec', spec);
  expect(drift).toEqual([]);
  expect(version.trainingSpec).toEqual(spec);
  const { hyperParameters, trainingImage, computeResource } = version;
  return { hyperParameters, trainingImage, computeResource };
}

function processorOf(spec: JsonObject) {
  const { version, drift } = versionWith('InferenceSpec', spec);
  expect(drift).toEqual([]);
  expect(version.inferenceSpec).toEqual(spec);
  return version.processor;
}

const parameter = (name: string, rest = {}) => ({
  ...{ name, type: null, value: null, defaultValue: null, description: null },
  ...rest,
});

describe('the specification of one training', () => {
  test('gives image, machines, and the parameters that the algorithm declares with the values given', () => {
    const spec = {
      AlgorithmSpec: {
        Image: 'pai-dlc/pytorch-training:2.1',
        HyperParameters: [
          { Name: 'max_epochs', Type: 'Int', DefaultValue: '1', Description: 'How long' },
          { Name: 'warmup', Type: 'Float', DefaultValue: '0.1', Required: false },
        ],
      },
      ComputeResource: { EcsSpec: 'ecs.gn5-c8g1.2xlarge', EcsCount: 4 },
      HyperParameters: [
        { Name: 'learning_rate', Value: '0.00001' },
        { Name: 'max_epochs', Value: '5' },
      ],
    };
    expect(trainingOf(spec)).toEqual({
      hyperParameters: [
        parameter('max_epochs', {
          ...{ type: 'Int', value: '5', defaultValue: '1', description: 'How long' },
        }),
        parameter('warmup', { type: 'Float', defaultValue: '0.1' }),
        parameter('learning_rate', { value: '0.00001' }),
      ],
      trainingImage: 'pai-dlc/pytorch-training:2.1',
      computeResource: { instanceType: 'ecs.gn5-c8g1.2xlarge', instanceCount: 4 },
    });
  });

  test('gives the number of machines that are named by their parts', () => {
    const ComputeResource = { InstanceSpec: { CPU: '8', Memory: '32Gi' }, InstanceCount: 2 };
    expect(trainingOf({ ComputeResource })).toEqual({
      ...NOTHING,
      computeResource: { instanceType: null, instanceCount: 2 },
    });
  });

  test('gives numbers and truth values of parameters as text, and no parameter without a name', () => {
    const HyperParameters = [
      { Name: 'a', Value: 0.5 },
      { Name: 'b', Value: false },
      { Name: 'c', Value: { x: 1 } },
      { Name: '', Value: '1' },
      { Value: '1' },
      'd',
    ];
    expect(trainingOf({ HyperParameters }).hyperParameters).toEqual([
      parameter('a', { value: '0.5' }),
      parameter('b', { value: 'false' }),
      parameter('c'),
    ]);
  });

  test('gives no parameters where its list is empty', () => {
    expect(trainingOf({ HyperParameters: [] })).toEqual({ ...NOTHING, hyperParameters: [] });
  });

  test.each([
    ['no entries', {}],
    ['several methods', { QLoRA_LLM: { HyperParameters: [{ Name: 'a' }] }, Standard: {} }],
    ['a name alone', { AlgorithmName: 'text_classification_bert', Epochs: 3 }],
    ['other types', { AlgorithmSpec: [], ComputeResource: 'large', HyperParameters: { a: 1 } }],
    ['empty parts', { AlgorithmSpec: {}, ComputeResource: {} }],
  ])('with %s gives null for each', (_, spec) => {
    expect(trainingOf(spec)).toEqual(NOTHING);
  });
});

test.each([
  [{ processor: 'tensorflow_gpu_1.12' }, 'tensorflow_gpu_1.12'],
  [{ Processor: 'pmml' }, 'pmml'],
  [{ processor: 'xgboost', Processor: 'pmml', metadata: { instance: 1 } }, 'xgboost'],
  [{ containers: [{ image: 'vllm', port: 8000 }] }, null],
  [{ fast: { processor: 'xgboost' }, small: { processor: 'pmml' } }, null],
  [{ processor: { processor: 'xgboost' } }, null],
  [{}, null],
])('the processor of %j is %s', (spec, processor) => {
  expect(processorOf(spec)).toBe(processor);
});

/** Objects with the keys that are read, and any JSON behind them. */
const nearlySpecs = fc
  .letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      anyJson(),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('spec'),
    ),
    spec: fc.dictionary(
      fc.constantFrom(
        ...['AlgorithmSpec', 'HyperParameters', 'ComputeResource', 'EcsSpec', 'EcsCount'],
        ...['InstanceCount', 'Image', 'Name', 'Value', 'Type', 'processor', 'Processor'],
      ),
      tie('value'),
      { maxKeys: 5 },
    ),
  }))
  .spec.map((spec) => JSON.stringify(spec));

test('no specification throws or is drift, and each stays complete as JSON', () => {
  fc.assert(
    fc.property(nearlySpecs, nearlySpecs, (training, inference) => {
      const wire = {
        VersionName: '0.1.0',
        TrainingSpec: asSent(training),
        InferenceSpec: asSent(inference),
      };
      const { version, drift } = decodeV(wire);
      expect(drift).toEqual([]);
      expect(version?.trainingSpec).toEqual(wire.TrainingSpec);
      expect(version?.inferenceSpec).toEqual(wire.InferenceSpec);
      for (const { name, value } of version?.hyperParameters ?? []) {
        expect(name).not.toBe('');
        expect(value === null || typeof value === 'string').toBe(true);
      }
    }),
  );
});
