// The models of the bench: as many as wanted, each of the documented form and about 2.2 KB; none is sampled from a
// cloud.
export const VERSION_NAMES = ['0.3.0', '0.2.0', '0.1.0'] as const;

const ID_FORM = /^model-bench(\d{6})$/;

export function modelId(index: number): string {
  return `model-bench${String(index).padStart(6, '0')}`;
}

export function modelIds(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, offset) => modelId(from + offset));
}

export function isKnown(id: string, size: number): boolean {
  const [, digits] = ID_FORM.exec(id) ?? [];
  return digits !== undefined && Number(digits) < size;
}

/** Stands for the model's id in the prepared text, so that an answer costs a replacement and no JSON.stringify. */
const ID_MARK = '%ID%';
const DESCRIPTION =
  '通用情感分析。Fine-tuned on product reviews in Chinese and English; scores a sentence from negative to positive. ' +
  'Trained with mixed precision on 8 GPUs; see the documentation for the licence of the data.';

const USER = { UserId: '200123456789012345', OwnerId: '109876543210987654' };

function version(name: string) {
  return {
    VersionName: name,
    VersionDescription: `Release ${name} of ${ID_MARK}, distilled and quantised for serving.`,
    ...{ GmtCreateTime: '2023-04-21T17:12:35Z', GmtModifiedTime: '2023-05-02T08:01:10Z' },
    ...USER,
    Uri: `oss://models-bench.oss-cn-beijing.aliyuncs.com/registry/${ID_MARK}/${name}/`,
    ...{ FormatType: 'SavedModel', FrameworkType: 'TensorFlow', SourceType: 'PAIFlow' },
    SourceId: `region=cn-shanghai,workspaceId=234567,kind=PipelineRun,id=run-${ID_MARK}`,
    ApprovalStatus: 'Approved',
    Options: '{"precision":"fp16","maxTokens":512}',
    Labels: [
      { Key: 'stage', Value: 'prod' },
      { Key: 'owner', Value: 'nlp' },
    ],
    Metrics: {
      Results: [
        {
          Dataset: { DatasetId: 'd-sdkjanksaklerhfd' },
          Metrics: { cer: 0.175, f1: 0.91, auc: 0.97 },
        },
        {
          Dataset: { Uri: 'oss://datasets-bench/reviews/test/' },
          Metrics: { cer: 0.172, f1: 0.9 },
        },
      ],
    },
    TrainingSpec: { AlgorithmName: 'text_classification_bert', Epochs: 3, BatchSize: 32 },
    InferenceSpec: { processor: 'tensorflow_gpu_1.12', metadata: { gpu: 1, memory: 8000 } },
    ...{ EvaluationSpec: {}, CompressionSpec: {}, DistillationSpec: {} },
    ExtraInfo: {
      CoverUris: ['https://pai-samples.oss-cn-hangzhou.aliyuncs.com/covers/v.png'],
      TrainedWords: ['good', 'bad'],
    },
  };
}

function model() {
  return {
    ModelId: ID_MARK,
    ModelName: `情感分析 ${ID_MARK}`,
    ModelDescription: DESCRIPTION,
    ...{ GmtCreateTime: '2023-01-30T12:51:33.028Z', GmtModifiedTime: '2023-05-02T08:01:10.114Z' },
    GmtLatestVersionModifiedTime: '2023-05-02T08:01:10.114Z',
    ...USER,
    ...{ WorkspaceId: '234567', Origin: 'ModelScope', Provider: 'pai', Domain: 'nlp' },
    ...{ Task: 'text-classification', ModelType: 'Checkpoint', Accessibility: 'PUBLIC' },
    ModelDoc: `https://pai-samples.oss-cn-hangzhou.aliyuncs.com/docs/${ID_MARK}.md`,
    Labels: [
      { Key: 'env', Value: 'test' },
      { Key: 'team', Value: 'nlp' },
      { Key: 'lang', Value: 'zh' },
    ],
    ExtraInfo: {
      ...{ RatingCount: 2866, Rating: 4.94, FavoriteCount: 34992, CommentCount: 754 },
      ...{ TippedAmountCount: 32, DownloadCount: 606056 },
      CoverUris: ['https://pai-samples.oss-cn-hangzhou.aliyuncs.com/covers/m.png'],
    },
    ...{ OrderNumber: 1, ParameterSize: 3000 },
    LatestVersion: version(VERSION_NAMES[0]),
  };
}

const MODEL_TEXT = JSON.stringify(model());
const VERSION_TEXTS = new Map<string, string>(
  VERSION_NAMES.map((name) => [name, JSON.stringify(version(name))]),
);

/** JSON without RequestId. */
export function modelText(id: string): string {
  return MODEL_TEXT.replaceAll(ID_MARK, id);
}

/** undefined: the version does not exist. */
export function versionText(id: string, name: string): string | undefined {
  return VERSION_TEXTS.get(name)?.replaceAll(ID_MARK, id);
}
