// Models and versions of which only the keys are known; PAI was not asked whether they exist.
import type { Model, ModelVersion } from './model.js';
import type { Provenance, Sourced } from './provenance.js';

const NO_PROVENANCE: Provenance = {
  requestId: null,
  fetchedAt: null,
  fetchedMoment: null,
  source: null,
  region: null,
};

export function modelStub(id: string): Sourced<Model> {
  return {
    id,
    name: null,
    description: null,
    documentUrl: null,
    createdAt: null,
    updatedAt: null,
    latestVersionUpdatedAt: null,
    userId: null,
    ownerId: null,
    workspaceId: null,
    origin: null,
    provider: null,
    domain: null,
    task: null,
    type: null,
    accessibility: null,
    labels: [],
    tags: null,
    extraInfo: null,
    orderNumber: null,
    parameterSizeInMillions: null,
    latestVersion: null,
    raw: {},
    meta: NO_PROVENANCE,
  };
}

export function versionStub(modelId: string, versionName: string): Sourced<ModelVersion> {
  return {
    modelId,
    versionName,
    description: null,
    uri: null,
    location: null,
    formatType: null,
    frameworkType: null,
    sourceType: null,
    sourceId: null,
    source: null,
    approvalStatus: null,
    createdAt: null,
    updatedAt: null,
    userId: null,
    ownerId: null,
    labels: [],
    options: null,
    metrics: [],
    metricsRaw: null,
    trainingSpec: null,
    inferenceSpec: null,
    evaluationSpec: null,
    compressionSpec: null,
    distillationSpec: null,
    extraInfo: null,
    raw: {},
    meta: NO_PROVENANCE,
  };
}
