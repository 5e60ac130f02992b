// The resolvers of every peer: only those that the bench's operations need, without defensive code.
import { GraphQLScalarType } from 'graphql';
import { listModels, listVersions } from './pai.mjs';

const scalar = (name) => new GraphQLScalarType({ name });

const chosenLabels = ({ labels }, { keys }) =>
  keys ? labels.filter(({ key }) => keys.includes(key)) : labels;
const oneLabel = ({ labels }, { key }) => labels.find((label) => label.key === key)?.value ?? null;
const entity = (name, found) => found && { ...found, __typename: name };

export const resolvers = {
  Query: {
    model: (_, { id }, context) => context.model(id),
    modelsByIds: (_, { ids }, context) => ids.map((id) => context.model(id)),
    models: (_, { first, filter }) => listModels(first ?? 20, filter?.task),
    modelVersion: (_, { modelId, versionName }, context) => context.version(modelId, versionName),
  },
  Model: {
    __resolveReference: async ({ id }, context) => entity('Model', await context.model(id)),
    workspace: ({ workspaceId }) => workspaceId && { id: workspaceId },
    labels: chosenLabels,
    label: oneLabel,
    versions: ({ id }, { first }) => listVersions(id, first ?? 20),
    version: ({ id }, { name }, context) => context.version(id, name),
  },
  ModelVersion: {
    __resolveReference: async ({ modelId, versionName }, context) =>
      entity('ModelVersion', await context.version(modelId, versionName)),
    model: ({ modelId }, _, context) => context.model(modelId),
    labels: chosenLabels,
    label: oneLabel,
  },
  MetricDataset: { dataset: ({ datasetId }) => datasetId && { id: datasetId } },
  MetricResult: {
    metric: ({ metrics }, { name }) =>
      metrics.find((metric) => metric.name === name)?.value ?? null,
  },
  DateTime: scalar('DateTime'),
  URL: scalar('URL'),
  Long: scalar('Long'),
  JSON: scalar('JSON'),
};
