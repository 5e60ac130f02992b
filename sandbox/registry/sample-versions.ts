// Makes the versions of one sample model, the same each time; knows no other models.

import type { JsonObject, WireVersion } from '../wire.js';
import type { SampleRow } from './sample-table.js';

const DAY_MS = 86_400_000;

/** The item at the index; the index wraps around. */
export function cycled<T>(items: readonly [T, ...T[]], index: number): T {
  return items[index % items.length] ?? items[0];
}

/** PAI writes times with and without milliseconds; the samples do, too. */
export function wireTime(time: number, index: number): string {
  const text = new Date(time + (index % 10) * 37).toISOString();
  return index % 2 === 0 ? text : text.replace(/\.\d{3}Z$/, 'Z');
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

function errorRates(step: number, seed: number): JsonObject {
  // Decreases with every version, by a little less each time.
  const cer = 0.06 + 0.12 / (1 + step * 0.35) + (seed % 7) * 0.002;
  return {
    Results: [
      {
        Dataset: { DatasetId: `d-asr${seed}holdout` },
        Metrics: { cer: round(cer), ser: round(cer * 2.4) },
      },
      {
        Dataset: { Uri: `oss://pai-samples.oss-cn-hangzhou.aliyuncs.com/eval/${seed}/` },
        Metrics: { cer: round(cer * 1.08) },
      },
    ],
  };
}

function metricsOf(form: string, step: number, seed: number): JsonObject | undefined {
  const accuracy = round(Math.min(0.99, 0.81 + step * 0.02 + (seed % 9) * 0.006));
  switch (form) {
    case 'cer':
      return errorRates(step, seed);
    case 'results':
      return {
        Results: [
          {
            Dataset: { DatasetId: `d-eval${seed}` },
            Metrics: { accuracy, f1: round(accuracy - 0.017) },
          },
        ],
      };
    case 'map':
      return { accuracy, samples: 20_000 + seed, note: 'offline evaluation' };
    case 'numeric':
      return { auc: String(accuracy), loss: String(round(1 - accuracy)), epochs: 3 + step };
    case 'empty':
      return {};
    default:
      return undefined;
  }
}

const CONTAINER_SPEC: JsonObject = {
  metadata: { instance: 1, cpu: 8, memory: 32_000, gpu: 1 },
  cloud: { computing: { instance_type: 'ecs.gn6i-c8g1.2xlarge' } },
  containers: [
    {
      image: 'eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/pytorch-inference:2.1',
      port: 8000,
      script: 'python app.py --port=8000',
      env: [{ name: 'MODEL_DIR', value: '/ml/model' }],
      prepare: { pythonRequirements: ['transformers==4.41.2', 'accelerate'] },
    },
  ],
  storage: [
    {
      mount_path: '/ml/model/',
      oss: { path: 'oss://pai-samples.oss-cn-hangzhou.aliyuncs.com/model/' },
    },
    { mount_path: '/dev/shm', empty_dir: { medium: 'memory', size_limit: 64 } },
  ],
};

const INFERENCE_SPECS: readonly [JsonObject, ...(JsonObject | undefined)[]] = [
  { processor: 'tensorflow_gpu_1.12' },
  CONTAINER_SPEC,
  {
    processor: 'pytorch_cpu_1.10',
    metadata: { rpc: { keepalive: 1000, max_batch_size: 8 } },
    warm_up_data_path: 'oss://pai-samples.oss-cn-hangzhou.aliyuncs.com/warmup.bin',
  },
  {},
  { predict: { processor: 'pytorch_cpu_1.10' }, explain: CONTAINER_SPEC },
  undefined,
];

const TRAINING_SPEC: JsonObject = {
  AlgorithmSpec: { Command: ['python', 'train.py'], Image: 'pai-dlc/pytorch-training:2.1' },
  HyperParameters: { learning_rate: '5e-5', num_train_epochs: '3', seq_length: '512' },
  ComputeResource: { EcsCount: 1, EcsSpec: 'ecs.gn7i-c8g1.2xlarge' },
};

const FORMATS: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['SavedModel', 'TensorFlow'],
  ['OfflineModel', 'PyTorch'],
  ['TorchScript', 'Pytorch'],
  ['Keras H5', 'Keras'],
  ['ONNX', 'Pytorch'],
  ['Frozen Pb', 'TensorFlow'],
  ['', ''],
];

const SOURCES: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['Custom', ''],
  ['TrainingService', 'region=cn-hangzhou,workspaceId=234567,kind=ServiceJob,id=train-1x9k2mq'],
  ['PAIFlow', 'region=cn-shanghai,workspaceId=198732,kind=PipelineRun,id=run-7fk20dmw'],
  ['', ''],
];

/** The frameworks that a name indicates, with their format and processor. */
const TELLING_NAMES: Readonly<Record<string, readonly [string, string, string]>> = {
  xgboost: ['XGBoost', 'XGBoost', 'xgboost'],
  alink: ['AlinkModel', 'Alink', 'pmml'],
};

function runtimeOf(row: SampleRow, seed: number): JsonObject {
  const telling = Object.entries(TELLING_NAMES).find(([word]) => row.name.includes(word))?.[1];
  if (telling) {
    const [format, framework, processor] = telling;
    return { FormatType: format, FrameworkType: framework, InferenceSpec: { processor } };
  }
  const [format, framework] = cycled(FORMATS, seed);
  return {
    FormatType: format,
    FrameworkType: framework,
    InferenceSpec: cycled(INFERENCE_SPECS, seed),
  };
}

function versionNames(versions: string): string[] {
  if (versions.includes('.')) return versions.split(',');
  return Array.from({ length: Number(versions) }, (_, step) => `0.${step + 1}.0`);
}

function makeVersion(row: SampleRow, name: string, step: number, seed: number): JsonObject {
  const [sourceType, sourceId] = cycled(SOURCES, seed + step);
  return {
    VersionName: name,
    VersionDescription: step % 3 === 2 ? '' : `${row.name} ${name}`,
    Uri: `oss://pai-samples.oss-cn-hangzhou.aliyuncs.com/models/${seed}/${name}/`,
    UserId: cycled(['2001234567890123', '2009876543210987'], seed),
    OwnerId: '1098765432109876',
    ...runtimeOf(row, seed),
    Options: cycled(['{}', '', `{"precision":"fp16","step":${step}}`], seed + step),
    SourceType: sourceType,
    SourceId: sourceId,
    ApprovalStatus: cycled(['Approved', 'Pending', 'Approved', 'Rejected', ''], seed + step),
    Labels: step % 4 === 3 ? [] : [{ Key: 'round', Value: String(step + 1) }],
    Metrics: metricsOf(row.metrics, step, seed),
    TrainingSpec: cycled([TRAINING_SPEC, {}, undefined], seed),
    EvaluationSpec: {},
    CompressionSpec: {},
    DistillationSpec: seed % 2 === 0 ? {} : undefined,
    ExtraInfo: row.fields.Domain === 'aigc' ? { TrainedWords: [row.name.slice(0, 12)] } : undefined,
  };
}

/** Oldest first, two weeks apart; fields that are undefined are left out when they are sent. */
export function sampleVersions(row: SampleRow, createdAt: number, seed: number): WireVersion[] {
  return versionNames(row.versions).map((name, step) => {
    const time = createdAt + step * 14 * DAY_MS;
    return {
      ...makeVersion(row, name, step, seed),
      GmtCreateTime: wireTime(time, seed + step),
      GmtModifiedTime: wireTime(time + 3_600_000, seed + step),
    };
  });
}
