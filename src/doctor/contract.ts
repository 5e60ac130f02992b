// The recorded contract: each field that PAI's reference has in the answers of our operations, with
// its JSON type. Written from the API metadata of AIWorkSpace 2021-02-04; nothing here is required.
import type { UpstreamOperation } from '../domain/events.js';

/** `object` has free contents, which its author chooses. */
export type Recorded =
  | 'string'
  | 'number'
  | 'boolean'
  | 'object'
  | { readonly list: Recorded }
  | {
      readonly fields: Readonly<Record<string, Recorded>>;
      /** Other keys are allowed: only those that we read are recorded. */
      readonly open?: true;
    };

const LABELS: Recorded = { list: { fields: { Key: 'string', Value: 'string' } } };
const TEXTS: Recorded = { list: 'string' };

const VERSION = {
  VersionName: 'string',
  VersionDescription: 'string',
  Uri: 'string',
  GmtCreateTime: 'string',
  GmtModifiedTime: 'string',
  UserId: 'string',
  OwnerId: 'string',
  FormatType: 'string',
  FrameworkType: 'string',
  SourceType: 'string',
  SourceId: 'string',
  ApprovalStatus: 'string',
  Options: 'string',
  Labels: LABELS,
  Metrics: 'object',
  TrainingSpec: 'object',
  InferenceSpec: 'object',
  EvaluationSpec: 'object',
  CompressionSpec: 'object',
  DistillationSpec: 'object',
  ExtraInfo: { fields: { CoverUris: TEXTS, TrainedWords: TEXTS }, open: true },
} as const satisfies Record<string, Recorded>;

const MODEL = {
  ModelId: 'string',
  ModelName: 'string',
  ModelDescription: 'string',
  ModelDoc: 'string',
  GmtCreateTime: 'string',
  GmtModifiedTime: 'string',
  GmtLatestVersionModifiedTime: 'string',
  UserId: 'string',
  OwnerId: 'string',
  WorkspaceId: 'string',
  Origin: 'string',
  Provider: 'string',
  Domain: 'string',
  Task: 'string',
  ModelType: 'string',
  Accessibility: 'string',
  Labels: LABELS,
  LatestVersion: { fields: VERSION },
  ExtraInfo: {
    fields: {
      RatingCount: 'number',
      Rating: 'number',
      FavoriteCount: 'number',
      CommentCount: 'number',
      CoverUris: TEXTS,
      TippedAmountCount: 'number',
      DownloadCount: 'number',
    },
    open: true,
  },
  OrderNumber: 'number',
  ParameterSize: 'number',
} as const satisfies Record<string, Recorded>;

const WORKSPACE = {
  WorkspaceId: 'string',
  WorkspaceName: 'string',
  DisplayName: 'string',
  Description: 'string',
  Status: 'string',
  EnvTypes: TEXTS,
  IsDefault: 'boolean',
  Creator: 'string',
  AdminNames: TEXTS,
  Owner: 'object',
  ResourceGroupId: 'string',
  ExtraInfos: 'object',
  GmtCreateTime: 'string',
  GmtModifiedTime: 'string',
} as const satisfies Record<string, Recorded>;

const DATASET = {
  DatasetId: 'string',
  Name: 'string',
  Description: 'string',
  Accessibility: 'string',
  AccessibleRoleIdList: TEXTS,
  DataSourceType: 'string',
  DataType: 'string',
  Edition: 'string',
  Property: 'string',
  Provider: 'string',
  ProviderType: 'string',
  SourceType: 'string',
  SourceId: 'string',
  SourceDatasetId: 'string',
  SourceDatasetVersion: 'string',
  Uri: 'string',
  Options: 'string',
  ImportInfo: 'string',
  Labels: LABELS,
  LatestVersion: 'object',
  IsShared: 'boolean',
  SharedFrom: 'object',
  SharingConfig: 'object',
  MountAccess: 'string',
  OwnerId: 'string',
  UserId: 'string',
  WorkspaceId: 'string',
  GmtCreateTime: 'string',
  GmtModifiedTime: 'string',
} as const satisfies Record<string, Recorded>;

const ENVELOPE = { RequestId: 'string', TotalCount: 'number' } as const;

export const CONTRACT: Readonly<Record<UpstreamOperation, Recorded>> = {
  // Only lists contain Tags.
  ListModels: {
    fields: { ...ENVELOPE, Models: { list: { fields: { ...MODEL, Tags: LABELS } } } },
  },
  GetModel: { fields: { RequestId: 'string', ...MODEL } },
  ListModelVersions: { fields: { ...ENVELOPE, Versions: { list: { fields: VERSION } } } },
  GetModelVersion: { fields: { RequestId: 'string', ...VERSION } },
  ListWorkspaces: {
    fields: {
      ...ENVELOPE,
      Workspaces: { list: { fields: WORKSPACE } },
      ResourceLimits: 'object',
    },
  },
  GetWorkspace: { fields: { RequestId: 'string', ...WORKSPACE } },
  ListDatasets: { fields: { ...ENVELOPE, Datasets: { list: { fields: DATASET } } } },
  GetDataset: { fields: { RequestId: 'string', ...DATASET } },
};
