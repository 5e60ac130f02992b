// The model of PAI's GetModel reference page, verbatim except for its id; no value here is invented.
import type { SandboxModel, WireModel, WireVersion } from '../wire.js';

const MODEL: WireModel = {
  // The page masks a part of the id, and a real id cannot have that form.
  ModelId: 'model-rbvg5wzljzks92',
  ModelName: '情感分析',
  ModelDescription: '通用情感分析。',
  GmtCreateTime: '2021-01-30T12:51:33.028Z',
  GmtModifiedTime: '2021-01-30T12:51:33.028Z',
  UserId: '1234567890******',
  OwnerId: '1234567890******',
  Origin: 'ModelScope',
  Provider: 'pai',
  Domain: 'cv',
  Task: 'text-classification',
  ModelDoc: 'https://***.md',
  Labels: [{ Key: 'env', Value: 'test' }],
  WorkspaceId: '234**',
  Accessibility: 'PUBLIC',
  ModelType: 'Checkpoint',
  ExtraInfo: {
    RatingCount: 2866,
    Rating: 4.94,
    FavoriteCount: 34992,
    CommentCount: 754,
    CoverUris: ['https://e***u.oss-cn-hangzhou.aliyuncs.com/drea***w.png'],
    TippedAmountCount: 32,
    DownloadCount: 606056,
  },
  OrderNumber: 1,
  ParameterSize: 3000,
  GmtLatestVersionModifiedTime: '2021-01-30T12:51:33.028Z',
};

const VERSION: WireVersion = {
  VersionName: '0.1.0',
  GmtCreateTime: '2021-01-21T17:12:35Z',
  GmtModifiedTime: '2021-01-21T17:12:35Z',
  UserId: '155770209******',
  OwnerId: '155770209******',
  Uri: 'oss://mybucket.oss-cn-beijing.aliyuncs.com/mypath/',
  VersionDescription: '情感分析。',
  FormatType: 'SavedModel',
  FrameworkType: 'TensorFlow',
  Options: '{}',
  SourceType: 'PAIFlow',
  SourceId: 'region=cn-shanghai,workspaceId=13**,kind=PipelineRun,id=run-sakdb****jdf',
  ApprovalStatus: 'Approved',
  Labels: [{ Value: 'v1', Key: 'k1' }],
  Metrics: {
    Results: [
      { Dataset: { DatasetId: 'd-sdkjanksaklerhfd' }, Metrics: { cer: 0.175 } },
      { Dataset: { Uri: 'oss://xxxx/' }, Metrics: { cer: 0.172 } },
    ],
  },
  TrainingSpec: {},
  InferenceSpec: { processor: 'tensorflow_gpu_1.12' },
  EvaluationSpec: {},
  CompressionSpec: {},
  ExtraInfo: {
    CoverUris: ['https://e***u.oss-cn-hangzhou.aliyuncs.com/st****017.preview.png'],
    TrainedWords: ['albedo_overlord'],
  },
  DistillationSpec: {},
};

export const DOCUMENTED_MODEL: SandboxModel = {
  model: MODEL,
  tags: [
    { Key: 'team', Value: 'nlp' },
    { Key: '用途', Value: '示例' },
  ],
  versions: [VERSION],
  collections: ['QuickStart'],
  listedWithoutProvider: true,
};
