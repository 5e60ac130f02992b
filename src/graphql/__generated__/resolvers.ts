import type { Json } from '../../lib/json.js';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Model as DomainModel, ModelVersion as DomainModelVersion, LinkedWorkspace, LinkedDataset, MetricDataset as DatasetOfMetrics, MetricResult as ResultOfMetrics, Provenance } from '../../domain/model.js';
import type { ConnectionOfModels, EdgeOfWorkspaces, EdgeOfModels } from '../pagination/connection.js';
import type { MetricHistory as HistoryOfMetric, MetricPoint as PointOfMetric } from '../resolvers/metrics.js';
import type { Context } from '../context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A moment in UTC as ISO 8601 text, e.g. `2021-01-30T12:51:33.028Z`. */
  DateTime: { input: string; output: string; }
  /**
   * Any JSON value, as PAI sent it: keys keep their spelling, and integers beyond 2^53 and numbers beyond
   * the range of doubles keep their digits. Select it whole, without subfields.
   */
  JSON: { input: Json; output: Json; }
  /** A whole number, sent as a JSON number, exact up to 2^53. A larger one is null: `raw` has it. */
  Long: { input: number; output: number; }
  /** A URL as text, e.g. `https://example.com/readme.md`. */
  URL: { input: string; output: string; }
  _FieldSet: { input: string; output: string; }
};

/** The visibility of a model within its workspace (PAI `Accessibility`). */
export type Accessibility =
  /** Only its owner and the workspace's administrators can see it (PAI `PRIVATE`). */
  | 'PRIVATE'
  /** Everyone in the workspace can see it (PAI `PUBLIC`). */
  | 'PUBLIC'
  /** PAI sent a value that is not listed here: `raw` has it. Only in answers. */
  | 'UNRECOGNIZED';

/** Whether a version is approved for use (PAI `ApprovalStatus`). */
export type ApprovalStatus =
  /** It may be used (PAI `Approved`). */
  | 'APPROVED'
  /** No decision has been made yet (PAI `Pending`). */
  | 'PENDING'
  /** It may not be used (PAI `Rejected`). */
  | 'REJECTED'
  /** PAI sent a value that is not listed here: `raw` has it. Only in answers. */
  | 'UNRECOGNIZED';

/** Where a version's files are, in parts. A part is null when the address does not name it (PAI `Uri` of a version). */
export type AssetLocation = {
  readonly __typename?: 'AssetLocation';
  /** The OSS bucket (PAI `Uri`). */
  readonly bucket: Maybe<Scalars['String']['output']>;
  /**
   * The OSS endpoint, e.g. `oss-cn-beijing.aliyuncs.com`, or the host of an address elsewhere. Null for
   * `oss://bucket/path` (PAI `Uri`).
   */
  readonly endpoint: Maybe<Scalars['String']['output']>;
  /** The path of the object or folder, without a slash in front (PAI `Uri`). */
  readonly key: Maybe<Scalars['String']['output']>;
  /**
   * The scheme of the address, in lower case: `oss`, `http`, `https` or another that PAI stores (PAI
   * `Uri`, before `://`).
   */
  readonly scheme: Maybe<Scalars['String']['output']>;
};

/** The machines of a training (PAI `ComputeResource` of `TrainingSpec`). */
export type ComputeResource = {
  readonly __typename?: 'ComputeResource';
  /** The number of machines (PAI `EcsCount` or `InstanceCount`). */
  readonly instanceCount: Maybe<Scalars['Long']['output']>;
  /**
   * The type of each machine, e.g. `ecs.gn7i-c8g1.2xlarge`. Null when PAI names CPUs and memory instead, which
   * `trainingSpec` holds (PAI `EcsSpec`).
   */
  readonly instanceType: Maybe<Scalars['String']['output']>;
};

/**
 * A PAI dataset (PAI ListDatasets, GetDataset). PAI may leave out any field: null then means that PAI did not say. Another
 * subgraph may have the same fields and may add others. Reading it by a reference costs one PAI GetDataset call.
 */
export type Dataset = {
  readonly __typename?: 'Dataset';
  /** Its visibility: `PRIVATE`, `PUBLIC`, `ROLE_PUBLIC` or other text (PAI `Accessibility`). */
  readonly accessibility: Maybe<Scalars['String']['output']>;
  /** When the dataset was created (PAI `GmtCreateTime`). */
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  /** The kind of storage, e.g. `OSS` or `NAS`. Free text (PAI `DataSourceType`). */
  readonly dataSourceType: Maybe<Scalars['String']['output']>;
  /** The kind of data, e.g. `PIC`, `TEXT` or `COMMON`. Free text (PAI `DataType`). */
  readonly dataType: Maybe<Scalars['String']['output']>;
  /** The text about the dataset (PAI `Description`). */
  readonly description: Maybe<Scalars['String']['output']>;
  /** The dataset's id, e.g. `d-sdkjanksaklerhfd` (PAI `DatasetId`). */
  readonly id: Scalars['ID']['output'];
  /** The dataset's labels. Empty when it has none (PAI `Labels`). */
  readonly labels: Maybe<ReadonlyArray<Label>>;
  /** The name to show, in any language (PAI `Name`). */
  readonly name: Maybe<Scalars['String']['output']>;
  /** Whether it is a file or a folder: `FILE`, `DIRECTORY` or other text (PAI `Property`). */
  readonly property: Maybe<Scalars['String']['output']>;
  /** When the dataset was last changed (PAI `GmtModifiedTime`). */
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  /** The address of the data, e.g. `oss://bucket.endpoint/path/` (PAI `Uri`). */
  readonly uri: Maybe<Scalars['String']['output']>;
  /** The id of the workspace that holds the dataset. All digits (PAI `WorkspaceId`). */
  readonly workspaceId: Maybe<Scalars['ID']['output']>;
};

/**
 * A parameter of a training that is chosen, not learned (PAI `HyperParameters`, of `TrainingSpec` and of its
 * `AlgorithmSpec`).
 */
export type HyperParameter = {
  readonly __typename?: 'HyperParameter';
  /** The value that applies when none is given, as text (PAI `DefaultValue`). */
  readonly defaultValue: Maybe<Scalars['String']['output']>;
  /** The meaning of the parameter, to show beside its name (PAI `Description`). */
  readonly description: Maybe<Scalars['String']['output']>;
  /** The parameter's name, e.g. `learning_rate` (PAI `Name`). */
  readonly name: Scalars['String']['output'];
  /** The type of the value, e.g. `Int` or `Float`. Free text (PAI `Type`). */
  readonly type: Maybe<Scalars['String']['output']>;
  /** The value that the training uses, as text. Null when PAI gives none: `defaultValue` then applies (PAI `Value`). */
  readonly value: Maybe<Scalars['String']['output']>;
};

/** A key with a value on a model or a version, at most 128 bytes each (PAI `Labels`, `Tags`). */
export type Label = {
  readonly __typename?: 'Label';
  /** The label's key. Neither a key nor a value has `=` or `,` in it (PAI `Key`). */
  readonly key: Scalars['String']['output'];
  /** The label's value. Null when PAI gives none (PAI `Value`). */
  readonly value: Maybe<Scalars['String']['output']>;
};

/** One score of a version (one entry of PAI `Metrics`). */
export type Metric = {
  readonly __typename?: 'Metric';
  /** The score's name, e.g. `cer` (the key in PAI `Metrics`). */
  readonly name: Scalars['String']['output'];
  /** The score as PAI sent it, of any type. */
  readonly raw: Maybe<Scalars['JSON']['output']>;
  /** The score as a number; a number in quotes counts as one. Null when it is not a number. */
  readonly value: Maybe<Scalars['Float']['output']>;
};

/** The data that a version was scored on: an id, an address, or both (PAI `Dataset` of a metric result). */
export type MetricDataset = {
  readonly __typename?: 'MetricDataset';
  /**
   * The dataset itself. Null when `datasetId` is null, and when the dataset no longer exists. Its `id` alone needs no call;
   * any other field costs one PAI ListDatasets call for 50 datasets of a workspace, and a GetModel call where the operation
   * has not read the model, whose workspace it is (PAI `DatasetId`).
   */
  readonly dataset: Maybe<Dataset>;
  /** The dataset's id, e.g. `d-sdkjanksaklerhfd` (PAI `DatasetId`). */
  readonly datasetId: Maybe<Scalars['ID']['output']>;
  /** The dataset's address, e.g. `oss://bucket/path/` (PAI `Uri`). */
  readonly uri: Maybe<Scalars['String']['output']>;
};

/**
 * One score on one dataset over the versions of a model: a line of a chart or a row of a table (PAI `Metrics` of each
 * version).
 */
export type MetricHistory = {
  readonly __typename?: 'MetricHistory';
  /** The data that the versions were scored on. Null when PAI does not name it (PAI `Dataset`). */
  readonly dataset: Maybe<MetricDataset>;
  /** The score's name, e.g. `cer` (a key of PAI `Metrics`). */
  readonly metric: Scalars['String']['output'];
  /** The scores, newest version first; only of versions that have this score on this dataset. */
  readonly points: ReadonlyArray<MetricPoint>;
};

/** One score of one version, a point of a chart (PAI `Metrics` of a version). */
export type MetricPoint = {
  readonly __typename?: 'MetricPoint';
  /** The data that the version was scored on. Null when PAI does not name it (PAI `Dataset`). */
  readonly dataset: Maybe<MetricDataset>;
  /** The score. Null when it is not a number. */
  readonly value: Maybe<Scalars['Float']['output']>;
  /** The version that has the score. No cost: it was read together with the score. */
  readonly version: ModelVersion;
};

/** How a version scored on one dataset (PAI `Metrics`, one item of `Results`). */
export type MetricResult = {
  readonly __typename?: 'MetricResult';
  /** The data that the version was scored on. Null when PAI does not name it (PAI `Dataset`). */
  readonly dataset: Maybe<MetricDataset>;
  /** The value of one score. Null when the score is absent or is not a number. */
  readonly metric: Maybe<Scalars['Float']['output']>;
  /** The scores. Empty when there are none (PAI `Metrics` of the result). */
  readonly metrics: ReadonlyArray<Metric>;
};


/** How a version scored on one dataset (PAI `Metrics`, one item of `Results`). */
export type MetricResultMetricArgs = {
  name: Scalars['String']['input'];
};

/**
 * A model in the PAI model registry (PAI GetModel, ListModels). PAI may leave out any field: null then means that PAI did
 * not say.
 */
export type Model = Node & {
  readonly __typename?: 'Model';
  /** The visibility of the model within its workspace (PAI `Accessibility`). */
  readonly accessibility: Maybe<Accessibility>;
  /** When the model was created (PAI `GmtCreateTime`). */
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  /** The owner's text about the model, to show beside its name (PAI `ModelDescription`). */
  readonly description: Maybe<Scalars['String']['output']>;
  /** The address of the model's documentation, usually a Markdown file, for a link or to render (PAI `ModelDoc`). */
  readonly documentUrl: Maybe<Scalars['URL']['output']>;
  /** The field of problems the model is for, e.g. `nlp` or `cv`, for grouping. Free text (PAI `Domain`). */
  readonly domain: Maybe<Scalars['String']['output']>;
  /** Ratings, counters and cover pictures, for a gallery. Null when PAI sends none (PAI `ExtraInfo`). */
  readonly extraInfo: Maybe<ModelExtraInfo>;
  /** The model's id, e.g. `model-rbvg5wzljzks92` (PAI `ModelId`). */
  readonly id: Scalars['ID']['output'];
  /** The value of one label, e.g. `base_model`. Null when the label is absent or has no value (PAI `Labels`). */
  readonly label: Maybe<Scalars['String']['output']>;
  /** The model's labels, keys with values that its owner chose. Empty when it has none (PAI `Labels`). */
  readonly labels: Maybe<ReadonlyArray<Label>>;
  /**
   * The newest version that is approved for use, e.g. to deploy. Null when none is. Costs one PAI ListModelVersions call
   * of one row (PAI `ApprovalStatus`).
   */
  readonly latestApprovedVersion: Maybe<ModelVersion>;
  /**
   * The newest version, which comes with the model and costs no call. Null when there is no version yet (PAI
   * `LatestVersion`).
   */
  readonly latestVersion: Maybe<ModelVersion>;
  /** When the latest version was last changed: tells active models from old ones (PAI `GmtLatestVersionModifiedTime`). */
  readonly latestVersionUpdatedAt: Maybe<Scalars['DateTime']['output']>;
  /** Where this answer came from and how old it is, for support and to show its age (PAI `RequestId`). */
  readonly meta: Maybe<ResponseMeta>;
  /**
   * Several scores over the model's versions, side by side: one history for each score and dataset, for a table that
   * compares versions or for a chart of several lines. Histories stand in the order in which PAI names their scores, from
   * the newest version on. A named score that no version has is left out. Null when the versions could not be read,
   * and an error says why. Costs one PAI ListModelVersions call, the same as that of `metricHistory` for as many versions
   * (PAI `Metrics` of each version).
   */
  readonly metricHistories: Maybe<ReadonlyArray<MetricHistory>>;
  /**
   * One score over the model's versions, newest version first, for a chart. Empty when no version has that score; null
   * when the versions could not be read, and an error says why. Costs one PAI ListModelVersions call, more while PAI gives
   * smaller pages (PAI `Metrics` of each version).
   */
  readonly metricHistory: Maybe<ReadonlyArray<MetricPoint>>;
  /** The name to show, in any language (PAI `ModelName`). */
  readonly name: Maybe<Scalars['String']['output']>;
  /** The model's ordinal number, e.g. to sort by; lists do not follow it (PAI `OrderNumber`). */
  readonly orderNumber: Maybe<Scalars['Long']['output']>;
  /**
   * The community or organization the model comes from, e.g. `ModelScope`, for a badge or a filter. Free text (PAI
   * `Origin`).
   */
  readonly origin: Maybe<Scalars['String']['output']>;
  /** The id of the Alibaba Cloud account that owns the model. All digits, too many for a number (PAI `OwnerId`). */
  readonly ownerId: Maybe<Scalars['ID']['output']>;
  /** How many parameters the model has, in millions: 3000 is 3 billion (PAI `ParameterSize`). */
  readonly parameterSizeInMillions: Maybe<Scalars['Long']['output']>;
  /** The provider of a public model, e.g. `pai`; the value of `ModelFilter.provider` (PAI `Provider`). */
  readonly provider: Maybe<Scalars['String']['output']>;
  /**
   * The whole model as PAI sent it, with the elements for which there is no field here. Without `RequestId`
   * (see `meta`) and `Tags` (see `ModelEdge.tags`). It holds the ids of the account and the user, too (PAI GetModel,
   * ListModels).
   */
  readonly raw: Maybe<Scalars['JSON']['output']>;
  /** The problem the model solves, e.g. `text-classification`, for grouping. Free text (PAI `Task`). */
  readonly task: Maybe<Scalars['String']['output']>;
  /** The type of the model, e.g. `Checkpoint` or `LoRA`. Free text (PAI `ModelType`). */
  readonly type: Maybe<Scalars['String']['output']>;
  /** When the model was last changed (PAI `GmtModifiedTime`). */
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  /** The id of the model's user, e.g. to look up a name elsewhere. All digits, too many for a number (PAI `UserId`). */
  readonly userId: Maybe<Scalars['ID']['output']>;
  /**
   * One version of this model; null, without an error, when the version does not exist.
   * Costs at most one PAI GetModelVersion call.
   */
  readonly version: Maybe<ModelVersion>;
  /**
   * A page of the model's versions. A page costs one PAI ListModelVersions call, two where PAI's
   * numbered pages do not hold it whole; `last` without `before` costs one more, and smaller pages of
   * PAI cost more of them. Pages follow PAI's page numbers: when versions are created or deleted
   * between two pages, one may show twice or be left out.
   */
  readonly versions: Maybe<ModelVersionConnection>;
  /**
   * The workspace that holds the model. Null when `workspaceId` is null, and when the workspace no longer exists. Its `id`
   * and `models` alone need no call for it; any other field costs one PAI ListWorkspaces call for 50 different workspaces
   * (PAI `WorkspaceId`).
   */
  readonly workspace: Maybe<Workspace>;
  /** The id of the workspace that holds the model, the value of `ModelFilter.workspaceId`. All digits (PAI `WorkspaceId`). */
  readonly workspaceId: Maybe<Scalars['ID']['output']>;
};


/**
 * A model in the PAI model registry (PAI GetModel, ListModels). PAI may leave out any field: null then means that PAI did
 * not say.
 */
export type ModelLabelArgs = {
  key: Scalars['String']['input'];
};


/**
 * A model in the PAI model registry (PAI GetModel, ListModels). PAI may leave out any field: null then means that PAI did
 * not say.
 */
export type ModelLabelsArgs = {
  keys?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};


/**
 * A model in the PAI model registry (PAI GetModel, ListModels). PAI may leave out any field: null then means that PAI did
 * not say.
 */
export type ModelMetricHistoriesArgs = {
  dataset?: InputMaybe<Scalars['ID']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  metrics?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};


/**
 * A model in the PAI model registry (PAI GetModel, ListModels). PAI may leave out any field: null then means that PAI did
 * not say.
 */
export type ModelMetricHistoryArgs = {
  dataset?: InputMaybe<Scalars['ID']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  metric: Scalars['String']['input'];
};


/**
 * A model in the PAI model registry (PAI GetModel, ListModels). PAI may leave out any field: null then means that PAI did
 * not say.
 */
export type ModelVersionArgs = {
  name: Scalars['String']['input'];
};


/**
 * A model in the PAI model registry (PAI GetModel, ListModels). PAI may leave out any field: null then means that PAI did
 * not say.
 */
export type ModelVersionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ModelVersionFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ModelVersionOrder>;
};

/**
 * A comparison that models have to meet, e.g. `ParameterSize`, `LessThan`, `3000`. PAI documents no other column or
 * operator (one item of PAI `Conditions`).
 */
export type ModelConditionInput = {
  /** The field to compare, by its PAI name, e.g. `ParameterSize` (PAI `Column`). */
  readonly column: Scalars['String']['input'];
  /** The comparison, e.g. `LessThan` (PAI `Operator`). */
  readonly operator: Scalars['String']['input'];
  /** The value to compare with, as text also for numbers, e.g. `3000`; may be empty (PAI `Value`). */
  readonly value: Scalars['String']['input'];
};

/** A page of models (PAI ListModels). */
export type ModelConnection = {
  readonly __typename?: 'ModelConnection';
  /** The models of this page, each with its cursor. */
  readonly edges: ReadonlyArray<ModelEdge>;
  /**
   * How often the values of some fields occur in the whole list, for the filters beside a catalog. They are counted from the
   * first pages of the list, of 100 models each where PAI gives as many at once, and no more pages are read than the list
   * has. Each page costs at most one PAI ListModels call, and none when it is in the cache. The models of the connection and
   * `totalCount` come from pages of this size then, so that those on the first pages cost no further call.
   */
  readonly facets: Maybe<ModelFacets>;
  /** The models of this page, without cursors. */
  readonly nodes: ReadonlyArray<Model>;
  /** Whether there are more pages, and where this one starts and ends. */
  readonly pageInfo: PageInfo;
  /**
   * How many models there are on all pages. No cost when anything of the page is selected too; on its own it costs one PAI
   * ListModels call (PAI `TotalCount`).
   */
  readonly totalCount: Maybe<Scalars['Long']['output']>;
};


/** A page of models (PAI ListModels). */
export type ModelConnectionFacetsArgs = {
  fields: ReadonlyArray<ModelFacetField>;
  maxPages?: InputMaybe<Scalars['Int']['input']>;
};

/** One model on a page. */
export type ModelEdge = {
  readonly __typename?: 'ModelEdge';
  /** The place of this model in the list, for `after` or `before`. Do not take it apart. */
  readonly cursor: Scalars['String']['output'];
  /** The model. */
  readonly node: Model;
  /**
   * The model's tags. Empty when it has none, null when PAI leaves them out. They are here and not on `Model`, since PAI
   * gives them only in lists (PAI `Tags`).
   */
  readonly tags: Maybe<ReadonlyArray<Label>>;
};

/**
 * Ratings, counters and cover pictures of a model. A number is null when PAI does not say it (PAI `ExtraInfo` of a model,
 * a free map).
 */
export type ModelExtraInfo = {
  readonly __typename?: 'ModelExtraInfo';
  /** How many comments the model got (PAI `CommentCount`). */
  readonly commentCount: Maybe<Scalars['Long']['output']>;
  /** Addresses of cover pictures. Empty when there are none (PAI `CoverUris`). */
  readonly coverUris: ReadonlyArray<Scalars['String']['output']>;
  /** How often the model was downloaded (PAI `DownloadCount`). */
  readonly downloadCount: Maybe<Scalars['Long']['output']>;
  /** How often the model was marked as a favorite (PAI `FavoriteCount`). */
  readonly favoriteCount: Maybe<Scalars['Long']['output']>;
  /** The average rating, e.g. 4.94. PAI does not document the scale (PAI `Rating`). */
  readonly rating: Maybe<Scalars['Float']['output']>;
  /** How many ratings the model got (PAI `RatingCount`). */
  readonly ratingCount: Maybe<Scalars['Long']['output']>;
  /** The whole map as PAI sent it, also keys that have no field here (PAI `ExtraInfo`). */
  readonly raw: Maybe<Scalars['JSON']['output']>;
  /** The tips that the model got. PAI does not document the unit (PAI `TippedAmountCount`). */
  readonly tippedAmountCount: Maybe<Scalars['Long']['output']>;
};

/** The values of one field. */
export type ModelFacet = {
  readonly __typename?: 'ModelFacet';
  /** The field that was counted. */
  readonly field: ModelFacetField;
  /**
   * Its values, the most frequent first; of equally frequent ones in the order of their characters. A model without a
   * value is not counted here.
   */
  readonly values: ReadonlyArray<ModelFacetValue>;
};

/**
 * A field whose values can be counted. TASK, DOMAIN, ORIGIN and TYPE have the values of the filters of these names: a value
 * that is added to the list's filter selects exactly the models that have it, as many as were counted if the facets are
 * complete. Values that no filter can hold, those with control characters or of more than 512 characters, are left out of
 * these four. The other fields are for information alone.
 */
export type ModelFacetField =
  /**
   * The visibility of the models, as a name of `Accessibility` (PAI `Accessibility`). For information: models cannot be
   * filtered by it, except by a condition.
   */
  | 'ACCESSIBILITY'
  /** The area of the models; a value of `ModelFilter.domain` (PAI `Domain`). */
  | 'DOMAIN'
  /**
   * The framework of the models' newest versions (PAI `FrameworkType` of `LatestVersion`). Spellings that differ only in
   * letter case, such as `Pytorch` and `PyTorch`, count as one value, in the spelling that is most frequent. For
   * information: models cannot be filtered by it.
   */
  | 'FRAMEWORK'
  /**
   * The keys of the models' labels; a model counts once for each of its keys (PAI `Labels`). For information:
   * `ModelFilter.label` finds its text in any part of keys and values.
   */
  | 'LABEL_KEY'
  /** Where the models come from; a value of `ModelFilter.origin` (PAI `Origin`). */
  | 'ORIGIN'
  /**
   * The provider of the models (PAI `Provider`). For information: `ModelFilter.provider` chooses another list, that of the
   * public models of a provider.
   */
  | 'PROVIDER'
  /** The purpose of the models; a value of `ModelFilter.task` (PAI `Task`). */
  | 'TASK'
  /** The type of the models; a value of `ModelFilter.type` (PAI `ModelType`). */
  | 'TYPE';

/** One value of a field of models. */
export type ModelFacetValue = {
  readonly __typename?: 'ModelFacetValue';
  /** How many of the counted models have it. */
  readonly count: Scalars['Long']['output'];
  /** The value, as the field of `Model` gives it. */
  readonly value: Maybe<Scalars['String']['output']>;
};

/** How often the values of some fields occur in a list of models, for the filters beside a catalog. */
export type ModelFacets = {
  readonly __typename?: 'ModelFacets';
  /** The values of each field, in the order in which the fields were asked for, each field once. */
  readonly facets: ReadonlyArray<ModelFacet>;
  /**
   * Whether all models of the list were counted (PAI `TotalCount`). When false, the counts are of `scanned` models: the
   * list has more of them than `maxPages` pages hold, the budget of upstream calls ended before, PAI sent a model that
   * cannot be read, or the list changed while its pages were read.
   */
  readonly isComplete: Scalars['Boolean']['output'];
  /** How many models were counted, each once. */
  readonly scanned: Scalars['Long']['output'];
};

/**
 * Selects the models to list. A model has to match everything that is given; PAI does the matching. An empty text is
 * BAD_USER_INPUT where nothing else is said. Each field becomes one parameter of PAI ListModels.
 */
export type ModelFilter = {
  /** Only models in these collections, e.g. `QuickStart`; at most 100, without commas (PAI `Collections`). */
  readonly collections?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Only models that meet these conditions; at most 100 (PAI `Conditions`). */
  readonly conditions?: InputMaybe<ReadonlyArray<ModelConditionInput>>;
  /** Only models of this domain, e.g. `nlp` (PAI `Domain`). */
  readonly domain?: InputMaybe<Scalars['String']['input']>;
  /** Only models where this text is in a label's key or value; not `key=value`. Empty: all (PAI `Label`). */
  readonly label?: InputMaybe<Scalars['String']['input']>;
  /** Only models with exactly this name. Not with `nameContains` (PAI `ModelName`, in quotes). */
  readonly name?: InputMaybe<Scalars['String']['input']>;
  /** Only models with a name like this, a fuzzy match, for a search box. Empty: all. Not with `name` (PAI `ModelName`). */
  readonly nameContains?: InputMaybe<Scalars['String']['input']>;
  /** Only models that come from here, e.g. `ModelScope` (PAI `Origin`). */
  readonly origin?: InputMaybe<Scalars['String']['input']>;
  /**
   * With it, only the public models of this provider, e.g. `pai`; without it, your own models
   * (PAI `Provider`).
   */
  readonly provider?: InputMaybe<Scalars['String']['input']>;
  /** A fuzzy search over name, domain, task, and label keys and values, for a search box. Empty: all (PAI `Query`). */
  readonly query?: InputMaybe<Scalars['String']['input']>;
  /** Only models with these tags; at most 100 (PAI `Tag`). */
  readonly tags?: InputMaybe<ReadonlyArray<TagInput>>;
  /** Only models for this task, e.g. `text-classification` (PAI `Task`). */
  readonly task?: InputMaybe<Scalars['String']['input']>;
  /** Only models of this type, e.g. `Checkpoint` (PAI `ModelType`). */
  readonly type?: InputMaybe<Scalars['String']['input']>;
  /** Only models in the workspace with this id (PAI `WorkspaceId`). */
  readonly workspaceId?: InputMaybe<Scalars['ID']['input']>;
};

/** The order in which models are listed (PAI `SortBy` and `Order`). */
export type ModelOrder = {
  /** The direction (PAI `Order`). */
  readonly direction: OrderDirection;
  /** The field to order by (PAI `SortBy`). */
  readonly field: ModelOrderField;
};

/** The fields that models can be ordered by. PAI supports no other (PAI `SortBy`). */
export type ModelOrderField =
  /** When the model was created (PAI `GmtCreateTime`). */
  | 'CREATED_AT';

/**
 * One version of a model: its files, where they come from and how they score (PAI GetModelVersion, ListModelVersions, and
 * `LatestVersion` of a model). PAI may leave out any field: null then means that PAI did not say.
 */
export type ModelVersion = Node & {
  readonly __typename?: 'ModelVersion';
  /**
   * Whether the version is approved for use: show it where a version is chosen. Null when PAI sends none (PAI
   * `ApprovalStatus`).
   */
  readonly approvalStatus: Maybe<ApprovalStatus>;
  /** How to compress the version, unchanged (PAI `CompressionSpec`). */
  readonly compressionSpec: Maybe<Scalars['JSON']['output']>;
  /**
   * The machines that the training runs on. Null when `trainingSpec` names none or holds several methods (PAI
   * `ComputeResource` of `TrainingSpec`).
   */
  readonly computeResource: Maybe<ComputeResource>;
  /** When the version was created (PAI `GmtCreateTime`). */
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  /** The owner's text about the version, e.g. what has changed (PAI `VersionDescription`). */
  readonly description: Maybe<Scalars['String']['output']>;
  /** How to distill the version, unchanged (PAI `DistillationSpec`). */
  readonly distillationSpec: Maybe<Scalars['JSON']['output']>;
  /** How to evaluate the version, unchanged (PAI `EvaluationSpec`). */
  readonly evaluationSpec: Maybe<Scalars['JSON']['output']>;
  /** Cover pictures and trained words, for a gallery. Null when PAI sends none (PAI `ExtraInfo`). */
  readonly extraInfo: Maybe<ModelVersionExtraInfo>;
  /** The format of the files, e.g. `SavedModel`, `Keras H5`, `ONNX`. Free text (PAI `FormatType`). */
  readonly formatType: Maybe<Scalars['String']['output']>;
  /** The framework, e.g. `TensorFlow`; PyTorch is spelled in several ways (PAI `FrameworkType`). */
  readonly frameworkType: Maybe<Scalars['String']['output']>;
  /**
   * The parameters of the training, with the values it uses and those that apply by default. Null when `trainingSpec` is
   * absent, holds several methods or has no parameters in PAI's form (PAI `HyperParameters` of `TrainingSpec` and of its
   * `AlgorithmSpec`).
   */
  readonly hyperParameters: Maybe<ReadonlyArray<HyperParameter>>;
  /** Made here from `modelId` and `versionName`: PAI has no id for it. Do not take it apart. */
  readonly id: Scalars['ID']['output'];
  /** How to deploy the version as a service, unchanged (PAI `InferenceSpec`). */
  readonly inferenceSpec: Maybe<Scalars['JSON']['output']>;
  /** The value of one label. Null when the label is absent or has no value (PAI `Labels`). */
  readonly label: Maybe<Scalars['String']['output']>;
  /** The version's labels, keys with values that its owner chose. Empty when it has none (PAI `Labels`). */
  readonly labels: Maybe<ReadonlyArray<Label>>;
  /** The parts of `uri`. Null when `uri` is null or has none of the known forms (PAI `Uri`). */
  readonly location: Maybe<AssetLocation>;
  /** Where this answer came from and how old it is, for support and to show its age (PAI `RequestId`). */
  readonly meta: Maybe<ResponseMeta>;
  /**
   * How the version scored, one item for each dataset, for a table or a chart. Empty when there are none. `Metrics` in
   * another form than PAI documents becomes one item without a dataset (PAI `Metrics`).
   */
  readonly metricResults: Maybe<ReadonlyArray<MetricResult>>;
  /** The scores as PAI sent them, a free map, for forms that `metricResults` does not show (PAI `Metrics`). */
  readonly metricsRaw: Maybe<Scalars['JSON']['output']>;
  /**
   * The model that this is a version of; null when it no longer exists. Costs at most one PAI
   * GetModel call, none when this operation has read the model already.
   */
  readonly model: Maybe<Model>;
  /** The id of the model that this is a version of (PAI `ModelId`). */
  readonly modelId: Scalars['ID']['output'];
  /** The version's options, parsed. Null when PAI's text is not JSON (PAI `Options`). */
  readonly options: Maybe<Scalars['JSON']['output']>;
  /** The id of the Alibaba Cloud account that owns the version. All digits, too many for a number (PAI `OwnerId`). */
  readonly ownerId: Maybe<Scalars['ID']['output']>;
  /**
   * The program that serves the model, e.g. `tensorflow_gpu_1.12`. Null when a container serves it, and when
   * `inferenceSpec` holds several methods (PAI `processor` of `InferenceSpec`).
   */
  readonly processor: Maybe<Scalars['String']['output']>;
  /**
   * The whole version as PAI sent it, including elements without a field here, for what has no field. Without `RequestId`
   * (see `meta`). It holds the ids of the account and the user, too (PAI GetModelVersion, ListModelVersions).
   */
  readonly raw: Maybe<Scalars['JSON']['output']>;
  /** The source that made the version, in parts. Null when PAI gives neither (PAI `SourceType` and `SourceId`). */
  readonly source: Maybe<VersionSource>;
  /** Which run or job made the version, as PAI stores it. See `source` for its parts (PAI `SourceId`). */
  readonly sourceId: Maybe<Scalars['String']['output']>;
  /**
   * The kind of source that made the version: `Custom`, `PAIFlow`, `TrainingService` or other text (PAI
   * `SourceType`).
   */
  readonly sourceType: Maybe<Scalars['String']['output']>;
  /**
   * The container image that the training runs. Null when `trainingSpec` names none or holds several methods (PAI `Image`
   * of `TrainingSpec.AlgorithmSpec`).
   */
  readonly trainingImage: Maybe<Scalars['String']['output']>;
  /** How to train or fine-tune the version, unchanged (PAI `TrainingSpec`). */
  readonly trainingSpec: Maybe<Scalars['JSON']['output']>;
  /** When the version was last changed (PAI `GmtModifiedTime`). */
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
  /**
   * The address of the version's files: `oss://bucket.endpoint/path/`, `oss://bucket/path/` or an http(s) URL. See
   * `location` for its parts (PAI `Uri`).
   */
  readonly uri: Maybe<Scalars['String']['output']>;
  /** The id of the version's user, e.g. to look up a name elsewhere. All digits, too many for a number (PAI `UserId`). */
  readonly userId: Maybe<Scalars['ID']['output']>;
  /** The version's name, unique within its model, e.g. `0.1.0` (PAI `VersionName`). */
  readonly versionName: Scalars['String']['output'];
};


/**
 * One version of a model: its files, where they come from and how they score (PAI GetModelVersion, ListModelVersions, and
 * `LatestVersion` of a model). PAI may leave out any field: null then means that PAI did not say.
 */
export type ModelVersionLabelArgs = {
  key: Scalars['String']['input'];
};


/**
 * One version of a model: its files, where they come from and how they score (PAI GetModelVersion, ListModelVersions, and
 * `LatestVersion` of a model). PAI may leave out any field: null then means that PAI did not say.
 */
export type ModelVersionLabelsArgs = {
  keys?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

/** A page of versions (PAI ListModelVersions). */
export type ModelVersionConnection = {
  readonly __typename?: 'ModelVersionConnection';
  /** The versions of this page, each with its cursor. */
  readonly edges: ReadonlyArray<ModelVersionEdge>;
  /** The versions of this page, without cursors. */
  readonly nodes: ReadonlyArray<ModelVersion>;
  /** Whether there are more pages, and where this one starts and ends. */
  readonly pageInfo: PageInfo;
  /**
   * How many versions there are on all pages. No cost when anything of the page is selected too; on its own it costs one
   * PAI ListModelVersions call (PAI `TotalCount`).
   */
  readonly totalCount: Maybe<Scalars['Long']['output']>;
};

/** One version on a page. */
export type ModelVersionEdge = {
  readonly __typename?: 'ModelVersionEdge';
  /** The place of this version in the list, for `after` or `before`. Do not take it apart. */
  readonly cursor: Scalars['String']['output'];
  /** The version. */
  readonly node: ModelVersion;
};

/** Cover pictures and trained words of a version (PAI `ExtraInfo` of a version, a free map). */
export type ModelVersionExtraInfo = {
  readonly __typename?: 'ModelVersionExtraInfo';
  /** Addresses of cover pictures. Empty when there are none (PAI `CoverUris`). */
  readonly coverUris: ReadonlyArray<Scalars['String']['output']>;
  /** The whole map as PAI sent it, also keys that have no field here (PAI `ExtraInfo`). */
  readonly raw: Maybe<Scalars['JSON']['output']>;
  /** Words that the version was trained on. Empty when there are none (PAI `TrainedWords`). */
  readonly trainedWords: ReadonlyArray<Scalars['String']['output']>;
};

/**
 * Selects the versions of a model to list. A version has to match everything that is given; PAI does the matching. An
 * empty text is BAD_USER_INPUT where nothing else is said. Each field becomes one parameter of PAI ListModelVersions.
 */
export type ModelVersionFilter = {
  /** Only versions with this status. `UNRECOGNIZED` is BAD_USER_INPUT (PAI `ApprovalStatus`). */
  readonly approvalStatus?: InputMaybe<ApprovalStatus>;
  /** Only versions in this format, e.g. `SavedModel` or `Keras H5` (PAI `FormatType`). */
  readonly formatType?: InputMaybe<Scalars['String']['input']>;
  /** Only versions for this framework, e.g. `TensorFlow` (PAI `FrameworkType`). */
  readonly frameworkType?: InputMaybe<Scalars['String']['input']>;
  /** Only versions where this text is in a label's key or value; not `key=value`. Empty: all (PAI `Label`). */
  readonly label?: InputMaybe<Scalars['String']['input']>;
  /** Only versions made by this run or job, written as PAI stores it (PAI `SourceId`). */
  readonly sourceId?: InputMaybe<Scalars['String']['input']>;
  /** Only versions made by this: `Custom`, `PAIFlow` or `TrainingService` (PAI `SourceType`). */
  readonly sourceType?: InputMaybe<Scalars['String']['input']>;
  /** Only versions with this name, e.g. `0.1.0` (PAI `VersionName`). */
  readonly versionName?: InputMaybe<Scalars['String']['input']>;
};

/** The order in which versions are listed (PAI `SortBy` and `Order`). */
export type ModelVersionOrder = {
  /** The direction (PAI `Order`). */
  readonly direction: OrderDirection;
  /** The field to order by (PAI `SortBy`). */
  readonly field: ModelVersionOrderField;
};

/** The fields that versions can be ordered by. PAI supports no other (PAI `SortBy`). */
export type ModelVersionOrderField =
  /** When the version was created (PAI `GmtCreateTime`). */
  | 'CREATED_AT';

/** Anything that can be read again by its id alone (Relay). */
export type Node = {
  /** The id, unique among everything here. */
  readonly id: Scalars['ID']['output'];
};

/** The direction of an order (PAI `Order`). */
export type OrderDirection =
  /** Oldest or smallest first (PAI `ASC`). */
  | 'ASC'
  /** Newest or largest first (PAI `DESC`). */
  | 'DESC';

/** Where a page is in its list (Relay). */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of where this page ends: go on after it. Null when the page is empty. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
  /** Whether there are items after this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether there are items before this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of where this page starts. Null when the page is empty. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

/** The fields that read the PAI model registry. No field changes anything. */
export type Query = {
  readonly __typename?: 'Query';
  /**
   * The model with this id; null, without an error, when there is none.
   * Costs at most one PAI GetModel call.
   */
  readonly model: Maybe<Model>;
  /**
   * One version of a model; null, without an error, when the model or the version does not exist.
   * Costs at most one PAI GetModelVersion call, and for callers of some workspaces alone a GetModel
   * call before it.
   */
  readonly modelVersion: Maybe<ModelVersion>;
  /**
   * A page of models: your own, or with `filter.provider` the public ones of that provider.
   * A page costs one PAI ListModels call, two where PAI's numbered pages do not hold it whole; `last`
   * without `before` costs one more, and smaller pages of PAI cost more of them. Pages follow PAI's page
   * numbers: when models are created or deleted between two pages, one may show twice or be left out.
   */
  readonly models: Maybe<ModelConnection>;
  /**
   * The models with these ids, in the order asked for, duplicates kept; null where there is none.
   * Costs at most one PAI GetModel call for each different id.
   */
  readonly modelsByIds: Maybe<ReadonlyArray<Maybe<Model>>>;
  /**
   * The model or the model version with this id. Null, without an error, when there is none or when
   * the id is malformed. Costs at most one PAI GetModel or GetModelVersion call.
   */
  readonly node: Maybe<Node>;
  /**
   * The models and model versions with these ids, in the order asked for; null, without an error,
   * where there is none or the id is malformed. Costs at most one PAI call for each different id.
   */
  readonly nodes: Maybe<ReadonlyArray<Maybe<Node>>>;
  /**
   * The workspace with this id; null, without an error, when it does not exist or you may not see it.
   * Costs at most one PAI ListWorkspaces call, and one GetWorkspace call where that answer leaves it out.
   */
  readonly workspace: Maybe<Workspace>;
  /**
   * A page of the workspaces that you may see. A page of up to 50 costs one PAI ListWorkspaces call, two where PAI's
   * numbered pages do not hold it whole; `last` without `before` costs one more.
   */
  readonly workspaces: Maybe<WorkspaceConnection>;
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryModelArgs = {
  id: Scalars['ID']['input'];
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryModelVersionArgs = {
  modelId: Scalars['ID']['input'];
  versionName: Scalars['String']['input'];
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryModelsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ModelFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ModelOrder>;
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryModelsByIdsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryNodesArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryWorkspaceArgs = {
  id: Scalars['ID']['input'];
};


/** The fields that read the PAI model registry. No field changes anything. */
export type QueryWorkspacesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

/** Where an answer came from and how old it is. */
export type ResponseMeta = {
  readonly __typename?: 'ResponseMeta';
  /** How old the answer is, in whole seconds. 0 when PAI was just asked. */
  readonly ageSeconds: Maybe<Scalars['Int']['output']>;
  /** When PAI gave the answer. */
  readonly fetchedAt: Maybe<Scalars['DateTime']['output']>;
  /** The PAI region that was asked, e.g. `cn-hangzhou`. Null when the server is not set to one. */
  readonly region: Maybe<Scalars['String']['output']>;
  /** PAI's id of the answer: quote it when you ask Alibaba Cloud for support (PAI `RequestId`). */
  readonly requestId: Maybe<Scalars['String']['output']>;
  /** Whether PAI was asked, or an answer from before was used. */
  readonly source: Maybe<ResponseSource>;
};

/** Where an answer came from. */
export type ResponseSource =
  /** An earlier answer of PAI that still counts as fresh. */
  | 'CACHE'
  /** PAI was asked for it during this request, by it or by another that it joined. */
  | 'LIVE'
  /** An earlier answer of PAI that is older than that: PAI failed, or a new one is being fetched. */
  | 'STALE';

/** A tag to look for (one item of PAI `Tag`). */
export type TagInput = {
  /** The tag's key (PAI `Key`). */
  readonly key: Scalars['String']['input'];
  /** The tag's value; may be empty. Any value when left out (PAI `Value`). */
  readonly value?: InputMaybe<Scalars['String']['input']>;
};

/**
 * The source that made a version, in parts. All but `type` are read from PAI `SourceId` in the form
 * `region=…,workspaceId=…,kind=…,id=…` and are null when it has another form.
 */
export type VersionSource = {
  readonly __typename?: 'VersionSource';
  /** The kind of thing that made it, e.g. `PipelineRun` or `ServiceJob` (PAI `SourceId`, `kind`). */
  readonly kind: Maybe<Scalars['String']['output']>;
  /** The PAI region of the run or job, e.g. `cn-shanghai` (PAI `SourceId`, `region`). */
  readonly region: Maybe<Scalars['String']['output']>;
  /** The id of the run or job (PAI `SourceId`, `id`). */
  readonly runId: Maybe<Scalars['String']['output']>;
  /**
   * The kind of source that made the version: `Custom`, `PAIFlow`, `TrainingService` or other text (PAI
   * `SourceType`).
   */
  readonly type: Maybe<Scalars['String']['output']>;
  /** The id of the workspace of the run or job (PAI `SourceId`, `workspaceId`). */
  readonly workspaceId: Maybe<Scalars['String']['output']>;
};

/**
 * A PAI workspace, which holds models and datasets (PAI ListWorkspaces, GetWorkspace). PAI may leave out any field: null
 * then means that PAI did not say. Another subgraph may have the same fields and may add others. Reading it costs one PAI
 * ListWorkspaces call for 50 workspaces, and one GetWorkspace call for each workspace that the answer leaves out.
 */
export type Workspace = {
  readonly __typename?: 'Workspace';
  /** When the workspace was created (PAI `GmtCreateTime`). */
  readonly createdAt: Maybe<Scalars['DateTime']['output']>;
  /** The text about the workspace (PAI `Description`). */
  readonly description: Maybe<Scalars['String']['output']>;
  /** The name to show, in any language (PAI `DisplayName`). */
  readonly displayName: Maybe<Scalars['String']['output']>;
  /** The workspace's id, the value of `ModelFilter.workspaceId`. All digits (PAI `WorkspaceId`). */
  readonly id: Scalars['ID']['output'];
  /** Whether it is the default workspace of the account (PAI `IsDefault`). */
  readonly isDefault: Maybe<Scalars['Boolean']['output']>;
  /**
   * A page of the workspace's models, as `Query.models` with this workspace as its filter: your own, or with
   * `filter.provider` the public ones of that provider. A page costs one PAI ListModels call, two where PAI's numbered
   * pages do not hold it whole (PAI `WorkspaceId` of a model).
   */
  readonly models: Maybe<ModelConnection>;
  /** The name, unique in its region, of letters, digits and `_` (PAI `WorkspaceName`). */
  readonly name: Maybe<Scalars['String']['output']>;
  /** Its state: `ENABLED`, `INITIALIZING`, `FAILURE`, `DISABLED`, `FROZEN`, `UPDATING` or other text (PAI `Status`). */
  readonly status: Maybe<Scalars['String']['output']>;
  /** When the workspace was last changed (PAI `GmtModifiedTime`). */
  readonly updatedAt: Maybe<Scalars['DateTime']['output']>;
};


/**
 * A PAI workspace, which holds models and datasets (PAI ListWorkspaces, GetWorkspace). PAI may leave out any field: null
 * then means that PAI did not say. Another subgraph may have the same fields and may add others. Reading it costs one PAI
 * ListWorkspaces call for 50 workspaces, and one GetWorkspace call for each workspace that the answer leaves out.
 */
export type WorkspaceModelsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ModelFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ModelOrder>;
};

/** A page of workspaces (PAI ListWorkspaces). */
export type WorkspaceConnection = {
  readonly __typename?: 'WorkspaceConnection';
  /** The workspaces of this page, each with its cursor. */
  readonly edges: ReadonlyArray<WorkspaceEdge>;
  /** The workspaces of this page, without cursors. */
  readonly nodes: ReadonlyArray<Workspace>;
  /** Whether there are more pages, and where this one starts and ends. */
  readonly pageInfo: PageInfo;
  /**
   * How many workspaces there are on all pages. No cost when anything of the page is selected too; on its own it costs one
   * PAI ListWorkspaces call (PAI `TotalCount`).
   */
  readonly totalCount: Maybe<Scalars['Long']['output']>;
};

/** One workspace on a page. */
export type WorkspaceEdge = {
  readonly __typename?: 'WorkspaceEdge';
  /** The place of this workspace in the list, for `after` or `before`. Do not take it apart. */
  readonly cursor: Scalars['String']['output'];
  /** The workspace. */
  readonly node: Workspace;
};



export type ResolverTypeWrapper<T> = Promise<T | null> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Dataset: Dataset;
  Model: Model;
  ModelVersion: ModelVersion;
  Workspace: Workspace;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Dataset:
    ( { __typename: 'Dataset' }
    & GraphQLRecursivePick<FederationTypes['Dataset'], {"id":true}> );
  Model:
    ( { __typename: 'Model' }
    & GraphQLRecursivePick<FederationTypes['Model'], {"id":true}> );
  ModelVersion:
    ( { __typename: 'ModelVersion' }
    & ( GraphQLRecursivePick<FederationTypes['ModelVersion'], {"id":true}>
        | GraphQLRecursivePick<FederationTypes['ModelVersion'], {"modelId":true,"versionName":true}> ) );
  Workspace:
    ( { __typename: 'Workspace' }
    & GraphQLRecursivePick<FederationTypes['Workspace'], {"id":true}> );
};


/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node:
    | ( DomainModel )
    | ( DomainModelVersion )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Accessibility: Accessibility;
  ApprovalStatus: ApprovalStatus;
  AssetLocation: ResolverTypeWrapper<AssetLocation>;
  ComputeResource: ResolverTypeWrapper<ComputeResource>;
  Dataset: ResolverTypeWrapper<LinkedDataset>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  HyperParameter: ResolverTypeWrapper<HyperParameter>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Label: ResolverTypeWrapper<Label>;
  Long: ResolverTypeWrapper<Scalars['Long']['output']>;
  Metric: ResolverTypeWrapper<Metric>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  MetricDataset: ResolverTypeWrapper<DatasetOfMetrics>;
  MetricHistory: ResolverTypeWrapper<HistoryOfMetric>;
  MetricPoint: ResolverTypeWrapper<PointOfMetric>;
  MetricResult: ResolverTypeWrapper<ResultOfMetrics>;
  Model: ResolverTypeWrapper<DomainModel>;
  ModelConditionInput: ModelConditionInput;
  ModelConnection: ResolverTypeWrapper<ConnectionOfModels>;
  ModelEdge: ResolverTypeWrapper<EdgeOfModels>;
  ModelExtraInfo: ResolverTypeWrapper<ModelExtraInfo>;
  ModelFacet: ResolverTypeWrapper<ModelFacet>;
  ModelFacetField: ModelFacetField;
  ModelFacetValue: ResolverTypeWrapper<ModelFacetValue>;
  ModelFacets: ResolverTypeWrapper<ModelFacets>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  ModelFilter: ModelFilter;
  ModelOrder: ModelOrder;
  ModelOrderField: ModelOrderField;
  ModelVersion: ResolverTypeWrapper<DomainModelVersion>;
  ModelVersionConnection: ResolverTypeWrapper<Omit<ModelVersionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ModelVersionEdge']>, nodes: ReadonlyArray<ResolversTypes['ModelVersion']> }>;
  ModelVersionEdge: ResolverTypeWrapper<Omit<ModelVersionEdge, 'node'> & { node: ResolversTypes['ModelVersion'] }>;
  ModelVersionExtraInfo: ResolverTypeWrapper<ModelVersionExtraInfo>;
  ModelVersionFilter: ModelVersionFilter;
  ModelVersionOrder: ModelVersionOrder;
  ModelVersionOrderField: ModelVersionOrderField;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  OrderDirection: OrderDirection;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ResponseMeta: ResolverTypeWrapper<Provenance>;
  ResponseSource: ResponseSource;
  TagInput: TagInput;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  VersionSource: ResolverTypeWrapper<VersionSource>;
  Workspace: ResolverTypeWrapper<LinkedWorkspace>;
  WorkspaceConnection: ResolverTypeWrapper<Omit<WorkspaceConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['WorkspaceEdge']>, nodes: ReadonlyArray<ResolversTypes['Workspace']> }>;
  WorkspaceEdge: ResolverTypeWrapper<EdgeOfWorkspaces>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AssetLocation: AssetLocation;
  ComputeResource: ComputeResource;
  Dataset: LinkedDataset;
  ID: Scalars['ID']['output'];
  DateTime: Scalars['DateTime']['output'];
  HyperParameter: HyperParameter;
  JSON: Scalars['JSON']['output'];
  Label: Label;
  Long: Scalars['Long']['output'];
  Metric: Metric;
  Float: Scalars['Float']['output'];
  MetricDataset: DatasetOfMetrics;
  MetricHistory: HistoryOfMetric;
  MetricPoint: PointOfMetric;
  MetricResult: ResultOfMetrics;
  Model: DomainModel;
  ModelConditionInput: ModelConditionInput;
  ModelConnection: ConnectionOfModels;
  ModelEdge: EdgeOfModels;
  ModelExtraInfo: ModelExtraInfo;
  ModelFacet: ModelFacet;
  ModelFacetValue: ModelFacetValue;
  ModelFacets: ModelFacets;
  Boolean: Scalars['Boolean']['output'];
  ModelFilter: ModelFilter;
  ModelOrder: ModelOrder;
  ModelVersion: DomainModelVersion;
  ModelVersionConnection: Omit<ModelVersionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ModelVersionEdge']>, nodes: ReadonlyArray<ResolversParentTypes['ModelVersion']> };
  ModelVersionEdge: Omit<ModelVersionEdge, 'node'> & { node: ResolversParentTypes['ModelVersion'] };
  ModelVersionExtraInfo: ModelVersionExtraInfo;
  ModelVersionFilter: ModelVersionFilter;
  ModelVersionOrder: ModelVersionOrder;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  ResponseMeta: Provenance;
  TagInput: TagInput;
  URL: Scalars['URL']['output'];
  VersionSource: VersionSource;
  Workspace: LinkedWorkspace;
  WorkspaceConnection: Omit<WorkspaceConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['WorkspaceEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Workspace']> };
  WorkspaceEdge: EdgeOfWorkspaces;
  String: Scalars['String']['output'];
  Int: Scalars['Int']['output'];
};

export type KeyFromDirectiveArgs = {
  parts: ReadonlyArray<Scalars['String']['input']>;
};

export type KeyFromDirectiveResolver<Result, Parent, ContextType = Context, Args = KeyFromDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type UpstreamDirectiveArgs = {
  batchSize?: Scalars['Int']['input'];
  exceptFor?: ReadonlyArray<Scalars['String']['input']>;
  fixed?: Maybe<Scalars['JSON']['input']>;
  key?: ReadonlyArray<Scalars['String']['input']>;
  operation: Scalars['String']['input'];
  pages?: Maybe<Scalars['String']['input']>;
};

export type UpstreamDirectiveResolver<Result, Parent, ContextType = Context, Args = UpstreamDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AssetLocationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AssetLocation'] = ResolversParentTypes['AssetLocation']> = {
  bucket?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  endpoint?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  key?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  scheme?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ComputeResourceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ComputeResource'] = ResolversParentTypes['ComputeResource']> = {
  instanceCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  instanceType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DatasetResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Dataset'] = ResolversParentTypes['Dataset'], FederationReferenceType extends FederationReferenceTypes['Dataset'] = FederationReferenceTypes['Dataset']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Dataset']> | FederationReferenceType, FederationReferenceType, ContextType>;
  accessibility?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  dataSourceType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  dataType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  labels?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Label']>>, ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  property?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  uri?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  workspaceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type HyperParameterResolvers<ContextType = Context, ParentType extends ResolversParentTypes['HyperParameter'] = ResolversParentTypes['HyperParameter']> = {
  defaultValue?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LabelResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Label'] = ResolversParentTypes['Label']> = {
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface LongScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Long'], any> {
  name: 'Long';
}

export type MetricResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Metric'] = ResolversParentTypes['Metric']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  raw?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type MetricDatasetResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MetricDataset'] = ResolversParentTypes['MetricDataset']> = {
  dataset?: Resolver<Maybe<ResolversTypes['Dataset']>, ParentType, ContextType>;
  datasetId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  uri?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type MetricHistoryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MetricHistory'] = ResolversParentTypes['MetricHistory']> = {
  dataset?: Resolver<Maybe<ResolversTypes['MetricDataset']>, ParentType, ContextType>;
  metric?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  points?: Resolver<ReadonlyArray<ResolversTypes['MetricPoint']>, ParentType, ContextType>;
};

export type MetricPointResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MetricPoint'] = ResolversParentTypes['MetricPoint']> = {
  dataset?: Resolver<Maybe<ResolversTypes['MetricDataset']>, ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  version?: Resolver<ResolversTypes['ModelVersion'], ParentType, ContextType>;
};

export type MetricResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MetricResult'] = ResolversParentTypes['MetricResult']> = {
  dataset?: Resolver<Maybe<ResolversTypes['MetricDataset']>, ParentType, ContextType>;
  metric?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType, RequireFields<MetricResultMetricArgs, 'name'>>;
  metrics?: Resolver<ReadonlyArray<ResolversTypes['Metric']>, ParentType, ContextType>;
};

export type ModelResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Model'] = ResolversParentTypes['Model'], FederationReferenceType extends FederationReferenceTypes['Model'] = FederationReferenceTypes['Model']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Model']> | FederationReferenceType, FederationReferenceType, ContextType>;
  accessibility?: Resolver<Maybe<ResolversTypes['Accessibility']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  documentUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  domain?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  extraInfo?: Resolver<Maybe<ResolversTypes['ModelExtraInfo']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  label?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType, RequireFields<ModelLabelArgs, 'key'>>;
  labels?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Label']>>, ParentType, ContextType, Partial<ModelLabelsArgs>>;
  latestApprovedVersion?: Resolver<Maybe<ResolversTypes['ModelVersion']>, ParentType, ContextType>;
  latestVersion?: Resolver<Maybe<ResolversTypes['ModelVersion']>, ParentType, ContextType>;
  latestVersionUpdatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  meta?: Resolver<Maybe<ResolversTypes['ResponseMeta']>, ParentType, ContextType>;
  metricHistories?: Resolver<Maybe<ReadonlyArray<ResolversTypes['MetricHistory']>>, ParentType, ContextType, Partial<ModelMetricHistoriesArgs>>;
  metricHistory?: Resolver<Maybe<ReadonlyArray<ResolversTypes['MetricPoint']>>, ParentType, ContextType, RequireFields<ModelMetricHistoryArgs, 'metric'>>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  orderNumber?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  origin?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  ownerId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  parameterSizeInMillions?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  provider?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  task?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  userId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['ModelVersion']>, ParentType, ContextType, RequireFields<ModelVersionArgs, 'name'>>;
  versions?: Resolver<Maybe<ResolversTypes['ModelVersionConnection']>, ParentType, ContextType, Partial<ModelVersionsArgs>>;
  workspace?: Resolver<Maybe<ResolversTypes['Workspace']>, ParentType, ContextType>;
  workspaceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelConnection'] = ResolversParentTypes['ModelConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ModelEdge']>, ParentType, ContextType>;
  facets?: Resolver<Maybe<ResolversTypes['ModelFacets']>, ParentType, ContextType, RequireFields<ModelConnectionFacetsArgs, 'fields' | 'maxPages'>>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Model']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
};

export type ModelEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelEdge'] = ResolversParentTypes['ModelEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  tags?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Label']>>, ParentType, ContextType>;
};

export type ModelExtraInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelExtraInfo'] = ResolversParentTypes['ModelExtraInfo']> = {
  commentCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  coverUris?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  downloadCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  favoriteCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  rating?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  ratingCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  raw?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  tippedAmountCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
};

export type ModelFacetResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelFacet'] = ResolversParentTypes['ModelFacet']> = {
  field?: Resolver<ResolversTypes['ModelFacetField'], ParentType, ContextType>;
  values?: Resolver<ReadonlyArray<ResolversTypes['ModelFacetValue']>, ParentType, ContextType>;
};

export type ModelFacetValueResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelFacetValue'] = ResolversParentTypes['ModelFacetValue']> = {
  count?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ModelFacetsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelFacets'] = ResolversParentTypes['ModelFacets']> = {
  facets?: Resolver<ReadonlyArray<ResolversTypes['ModelFacet']>, ParentType, ContextType>;
  isComplete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  scanned?: Resolver<ResolversTypes['Long'], ParentType, ContextType>;
};

export type ModelVersionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelVersion'] = ResolversParentTypes['ModelVersion'], FederationReferenceType extends FederationReferenceTypes['ModelVersion'] = FederationReferenceTypes['ModelVersion']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['ModelVersion']> | FederationReferenceType, FederationReferenceType, ContextType>;
  approvalStatus?: Resolver<Maybe<ResolversTypes['ApprovalStatus']>, ParentType, ContextType>;
  compressionSpec?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  computeResource?: Resolver<Maybe<ResolversTypes['ComputeResource']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  distillationSpec?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  evaluationSpec?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  extraInfo?: Resolver<Maybe<ResolversTypes['ModelVersionExtraInfo']>, ParentType, ContextType>;
  formatType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  frameworkType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hyperParameters?: Resolver<Maybe<ReadonlyArray<ResolversTypes['HyperParameter']>>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  inferenceSpec?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  label?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType, RequireFields<ModelVersionLabelArgs, 'key'>>;
  labels?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Label']>>, ParentType, ContextType, Partial<ModelVersionLabelsArgs>>;
  location?: Resolver<Maybe<ResolversTypes['AssetLocation']>, ParentType, ContextType>;
  meta?: Resolver<Maybe<ResolversTypes['ResponseMeta']>, ParentType, ContextType>;
  metricResults?: Resolver<Maybe<ReadonlyArray<ResolversTypes['MetricResult']>>, ParentType, ContextType>;
  metricsRaw?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  modelId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  options?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  ownerId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  processor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  source?: Resolver<Maybe<ResolversTypes['VersionSource']>, ParentType, ContextType>;
  sourceId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sourceType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  trainingImage?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  trainingSpec?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  uri?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  versionName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelVersionConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelVersionConnection'] = ResolversParentTypes['ModelVersionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ModelVersionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['ModelVersion']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
};

export type ModelVersionEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelVersionEdge'] = ResolversParentTypes['ModelVersionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ModelVersion'], ParentType, ContextType>;
};

export type ModelVersionExtraInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ModelVersionExtraInfo'] = ResolversParentTypes['ModelVersionExtraInfo']> = {
  coverUris?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  trainedWords?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type NodeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Model' | 'ModelVersion', ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType, RequireFields<QueryModelArgs, 'id'>>;
  modelVersion?: Resolver<Maybe<ResolversTypes['ModelVersion']>, ParentType, ContextType, RequireFields<QueryModelVersionArgs, 'modelId' | 'versionName'>>;
  models?: Resolver<Maybe<ResolversTypes['ModelConnection']>, ParentType, ContextType, Partial<QueryModelsArgs>>;
  modelsByIds?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Model']>>>, ParentType, ContextType, RequireFields<QueryModelsByIdsArgs, 'ids'>>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  nodes?: Resolver<Maybe<ReadonlyArray<Maybe<ResolversTypes['Node']>>>, ParentType, ContextType, RequireFields<QueryNodesArgs, 'ids'>>;
  workspace?: Resolver<Maybe<ResolversTypes['Workspace']>, ParentType, ContextType, RequireFields<QueryWorkspaceArgs, 'id'>>;
  workspaces?: Resolver<Maybe<ResolversTypes['WorkspaceConnection']>, ParentType, ContextType, Partial<QueryWorkspacesArgs>>;
};

export type ResponseMetaResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResponseMeta'] = ResolversParentTypes['ResponseMeta']> = {
  ageSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  fetchedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  requestId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  source?: Resolver<Maybe<ResolversTypes['ResponseSource']>, ParentType, ContextType>;
};

export interface UrlScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['URL'], any> {
  name: 'URL';
}

export type VersionSourceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['VersionSource'] = ResolversParentTypes['VersionSource']> = {
  kind?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  runId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  workspaceId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type WorkspaceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Workspace'] = ResolversParentTypes['Workspace'], FederationReferenceType extends FederationReferenceTypes['Workspace'] = FederationReferenceTypes['Workspace']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Workspace']> | FederationReferenceType, FederationReferenceType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  displayName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isDefault?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  models?: Resolver<Maybe<ResolversTypes['ModelConnection']>, ParentType, ContextType, Partial<WorkspaceModelsArgs>>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type WorkspaceConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WorkspaceConnection'] = ResolversParentTypes['WorkspaceConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['WorkspaceEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Workspace']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
};

export type WorkspaceEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WorkspaceEdge'] = ResolversParentTypes['WorkspaceEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Workspace'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  AssetLocation?: AssetLocationResolvers<ContextType>;
  ComputeResource?: ComputeResourceResolvers<ContextType>;
  Dataset?: DatasetResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  HyperParameter?: HyperParameterResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  Label?: LabelResolvers<ContextType>;
  Long?: GraphQLScalarType;
  Metric?: MetricResolvers<ContextType>;
  MetricDataset?: MetricDatasetResolvers<ContextType>;
  MetricHistory?: MetricHistoryResolvers<ContextType>;
  MetricPoint?: MetricPointResolvers<ContextType>;
  MetricResult?: MetricResultResolvers<ContextType>;
  Model?: ModelResolvers<ContextType>;
  ModelConnection?: ModelConnectionResolvers<ContextType>;
  ModelEdge?: ModelEdgeResolvers<ContextType>;
  ModelExtraInfo?: ModelExtraInfoResolvers<ContextType>;
  ModelFacet?: ModelFacetResolvers<ContextType>;
  ModelFacetValue?: ModelFacetValueResolvers<ContextType>;
  ModelFacets?: ModelFacetsResolvers<ContextType>;
  ModelVersion?: ModelVersionResolvers<ContextType>;
  ModelVersionConnection?: ModelVersionConnectionResolvers<ContextType>;
  ModelVersionEdge?: ModelVersionEdgeResolvers<ContextType>;
  ModelVersionExtraInfo?: ModelVersionExtraInfoResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  ResponseMeta?: ResponseMetaResolvers<ContextType>;
  URL?: GraphQLScalarType;
  VersionSource?: VersionSourceResolvers<ContextType>;
  Workspace?: WorkspaceResolvers<ContextType>;
  WorkspaceConnection?: WorkspaceConnectionResolvers<ContextType>;
  WorkspaceEdge?: WorkspaceEdgeResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = Context> = {
  keyFrom?: KeyFromDirectiveResolver<any, any, ContextType>;
  upstream?: UpstreamDirectiveResolver<any, any, ContextType>;
};
