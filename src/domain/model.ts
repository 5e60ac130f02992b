// The registry in this program's own words; it knows neither PAI's wire names nor GraphQL.
import type { Json, JsonObject } from '../lib/json.js';

export interface Label {
  readonly key: string;
  readonly value: string | null;
}

export type Accessibility = 'PUBLIC' | 'PRIVATE' | 'UNRECOGNIZED';
export type ApprovalStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'UNRECOGNIZED';

export interface ModelExtraInfo {
  readonly ratingCount: number | null;
  readonly rating: number | null;
  readonly favoriteCount: number | null;
  readonly commentCount: number | null;
  readonly tippedAmountCount: number | null;
  readonly downloadCount: number | null;
  readonly coverUris: readonly string[];
  readonly raw: JsonObject;
}

export interface ModelVersionExtraInfo {
  readonly coverUris: readonly string[];
  readonly trainedWords: readonly string[];
  readonly raw: JsonObject;
}

export interface Metric {
  readonly name: string;
  readonly value: number | null;
  readonly raw: Json;
}

export interface MetricDataset {
  /** Of the model that was scored: its workspace has the dataset. */
  readonly modelId: string;
  readonly datasetId: string | null;
  readonly uri: string | null;
}

export interface MetricResult {
  readonly dataset: MetricDataset | null;
  readonly metrics: readonly Metric[];
}

export interface AssetLocation {
  readonly scheme: string;
  readonly bucket: string | null;
  readonly endpoint: string | null;
  readonly key: string | null;
}

export interface VersionSource {
  readonly type: string | null;
  readonly region: string | null;
  readonly workspaceId: string | null;
  readonly kind: string | null;
  readonly runId: string | null;
}

export interface HyperParameter {
  readonly name: string;
  readonly type: string | null;
  readonly value: string | null;
  readonly defaultValue: string | null;
  readonly description: string | null;
}

export interface ComputeResource {
  readonly instanceType: string | null;
  readonly instanceCount: number | null;
}

export interface ModelVersion {
  /** PAI's version objects do not carry it; the decoder adds it from the question. */
  readonly modelId: string;
  readonly versionName: string;
  readonly description: string | null;
  readonly uri: string | null;
  readonly location: AssetLocation | null;
  readonly formatType: string | null;
  readonly frameworkType: string | null;
  readonly sourceType: string | null;
  readonly sourceId: string | null;
  readonly source: VersionSource | null;
  readonly approvalStatus: ApprovalStatus | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly userId: string | null;
  readonly ownerId: string | null;
  readonly labels: readonly Label[];
  readonly options: Json;
  readonly metricResults: readonly MetricResult[];
  readonly metricsRaw: Json;
  readonly trainingSpec: JsonObject | null;
  readonly hyperParameters: readonly HyperParameter[] | null;
  readonly trainingImage: string | null;
  readonly computeResource: ComputeResource | null;
  readonly inferenceSpec: JsonObject | null;
  readonly processor: string | null;
  readonly evaluationSpec: JsonObject | null;
  readonly compressionSpec: JsonObject | null;
  readonly distillationSpec: JsonObject | null;
  readonly extraInfo: ModelVersionExtraInfo | null;
  readonly raw: JsonObject;
}

export interface Model {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly documentUrl: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly latestVersionUpdatedAt: string | null;
  readonly userId: string | null;
  readonly ownerId: string | null;
  readonly workspaceId: string | null;
  readonly origin: string | null;
  readonly provider: string | null;
  readonly domain: string | null;
  readonly task: string | null;
  readonly type: string | null;
  readonly accessibility: Accessibility | null;
  readonly labels: readonly Label[];
  /** null: unknown, since PAI gives them only in lists. */
  readonly tags: readonly Label[] | null;
  readonly extraInfo: ModelExtraInfo | null;
  readonly orderNumber: number | null;
  readonly parameterSizeInMillions: number | null;
  readonly latestVersion: ModelVersion | null;
  readonly raw: JsonObject;
}

/** Without the names of its people. */
export interface Workspace {
  readonly kind: 'workspace';
  readonly id: string;
  readonly name: string | null;
  readonly displayName: string | null;
  readonly description: string | null;
  readonly status: string | null;
  readonly isDefault: boolean | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly raw: JsonObject;
}

/** Without the ids of its people. */
export interface Dataset {
  readonly kind: 'dataset';
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly dataType: string | null;
  readonly dataSourceType: string | null;
  readonly property: string | null;
  readonly accessibility: string | null;
  readonly uri: string | null;
  readonly workspaceId: string | null;
  readonly labels: readonly Label[];
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly raw: JsonObject;
}

/** It, or its id where no more is known or needed. */
export type LinkedWorkspace = Workspace | Pick<Workspace, 'kind' | 'id'>;
export type LinkedDataset = Dataset | Pick<Dataset, 'kind' | 'id'>;

/** The origin of an answer. It contains nothing that changes. */
export interface Provenance {
  /** PAI's RequestId of the answer. */
  readonly requestId: string | null;
  /** When PAI gave the answer; ISO 8601, UTC. */
  readonly fetchedAt: string;
  /** The same by the monotonic clock, which measures ages. */
  readonly fetchedMoment: number;
  readonly source: 'LIVE' | 'CACHE' | 'STALE';
  readonly region: string | null;
}
