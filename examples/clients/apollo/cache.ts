// The cache of Apollo Client: it keeps models and versions by `id`, and all other objects inside those.
import { InMemoryCache, type TypePolicies } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

/** An object without an id: fields that different components select stand together. */
const merged = { merge: true };
/** A list of objects without an id: a new list replaces the old one. */
const replaced = { merge: false };
/** A list in pages: they are joined, apart for each filter and order. */
const pages = relayStylePagination(['filter', 'orderBy']);

export const typePolicies: TypePolicies = {
  Query: { fields: { models: pages, workspaces: pages } },
  Workspace: { fields: { models: pages } },
  Model: {
    fields: {
      versions: pages,
      labels: replaced,
      metricHistory: replaced,
      metricHistories: replaced,
    },
  },
  ModelVersion: {
    fields: { labels: replaced, metricResults: replaced, hyperParameters: replaced },
  },
  Dataset: { fields: { labels: replaced } },
  AssetLocation: merged,
  ComputeResource: merged,
  ModelExtraInfo: merged,
  ModelVersionExtraInfo: merged,
  ResponseMeta: merged,
  VersionSource: merged,
};

export const createCache = () =>
  new InMemoryCache({ typePolicies, possibleTypes: { Node: ['Model', 'ModelVersion'] } });
