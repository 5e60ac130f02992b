// PAI's objects in the words of the schema, as a simple server would decode them: without checks.
const labelOf = ({ Key, Value }) => ({ key: Key, value: Value ?? null });

function metricsOf(results) {
  return Object.entries(results).map(([name, raw]) => ({ name, value: raw, raw }));
}

function locationOf(uri) {
  const [scheme, rest] = uri.split('://');
  const slash = rest.indexOf('/');
  const host = rest.slice(0, slash);
  const dot = host.indexOf('.');
  return {
    scheme,
    bucket: host.slice(0, dot),
    endpoint: host.slice(dot + 1),
    key: rest.slice(slash + 1),
  };
}

function sourceOf(type, sourceId) {
  const parts = Object.fromEntries(sourceId.split(',').map((part) => part.split('=')));
  const { region, workspaceId, kind, id: runId } = parts;
  return { type, region, workspaceId, kind, runId };
}

const meta = { requestId: null, fetchedAt: null, ageSeconds: null, source: null, region: null };

export function versionOf(wire, modelId) {
  return {
    modelId,
    id: `version:${Buffer.from(`${modelId}/${wire.VersionName}`).toString('base64url')}`,
    versionName: wire.VersionName,
    description: wire.VersionDescription,
    uri: wire.Uri,
    location: locationOf(wire.Uri),
    formatType: wire.FormatType,
    frameworkType: wire.FrameworkType,
    sourceType: wire.SourceType,
    sourceId: wire.SourceId,
    source: sourceOf(wire.SourceType, wire.SourceId),
    approvalStatus: wire.ApprovalStatus.toUpperCase(),
    createdAt: wire.GmtCreateTime,
    updatedAt: wire.GmtModifiedTime,
    userId: wire.UserId,
    ownerId: wire.OwnerId,
    labels: wire.Labels.map(labelOf),
    options: JSON.parse(wire.Options),
    metricResults: wire.Metrics.Results.map(({ Dataset, Metrics }) => ({
      dataset: { datasetId: Dataset.DatasetId ?? null, uri: Dataset.Uri ?? null },
      metrics: metricsOf(Metrics),
    })),
    metricsRaw: wire.Metrics,
    trainingSpec: wire.TrainingSpec,
    inferenceSpec: wire.InferenceSpec,
    evaluationSpec: wire.EvaluationSpec,
    compressionSpec: wire.CompressionSpec,
    distillationSpec: wire.DistillationSpec,
    extraInfo: {
      coverUris: wire.ExtraInfo.CoverUris,
      trainedWords: wire.ExtraInfo.TrainedWords,
      raw: wire.ExtraInfo,
    },
    meta,
    raw: wire,
  };
}

function extraInfoOf(wire) {
  return {
    ratingCount: wire.RatingCount,
    rating: wire.Rating,
    favoriteCount: wire.FavoriteCount,
    commentCount: wire.CommentCount,
    tippedAmountCount: wire.TippedAmountCount,
    downloadCount: wire.DownloadCount,
    coverUris: wire.CoverUris,
    raw: wire,
  };
}

export function modelOf(wire) {
  return {
    id: wire.ModelId,
    name: wire.ModelName,
    description: wire.ModelDescription,
    documentUrl: wire.ModelDoc,
    createdAt: wire.GmtCreateTime,
    updatedAt: wire.GmtModifiedTime,
    latestVersionUpdatedAt: wire.GmtLatestVersionModifiedTime,
    userId: wire.UserId,
    ownerId: wire.OwnerId,
    workspaceId: wire.WorkspaceId,
    origin: wire.Origin,
    provider: wire.Provider,
    domain: wire.Domain,
    task: wire.Task,
    type: wire.ModelType,
    accessibility: wire.Accessibility,
    labels: wire.Labels.map(labelOf),
    extraInfo: extraInfoOf(wire.ExtraInfo),
    orderNumber: wire.OrderNumber,
    parameterSizeInMillions: wire.ParameterSize,
    latestVersion: versionOf(wire.LatestVersion, wire.ModelId),
    meta,
    raw: wire,
  };
}
