// urql with its normalized cache. urql sends queries by GET where they fit into an address.
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { Client, fetchExchange } from 'urql';
import schema from './__generated__/introspection';

/** Types without an id: the cache keeps their objects inside the object around them. */
export const EMBEDDED = [
  'AssetLocation',
  'ComputeResource',
  'HyperParameter',
  'Label',
  'Metric',
  'MetricDataset',
  'MetricHistory',
  'MetricPoint',
  'MetricResult',
  'ModelExtraInfo',
  'ModelFacet',
  'ModelFacetValue',
  'ModelFacets',
  'ModelVersionExtraInfo',
  'ResponseMeta',
  'VersionSource',
];

export const createCache = () =>
  cacheExchange({
    // It says which fields may be null: without it, one error would take the whole answer away.
    schema,
    keys: Object.fromEntries(EMBEDDED.map((type) => [type, () => null])),
    resolvers: {
      Query: { models: relayPagination(), workspaces: relayPagination() },
      Workspace: { models: relayPagination() },
      Model: { versions: relayPagination() },
    },
  });

export const createUrqlClient = (url: string, headers: Record<string, string> = {}) =>
  new Client({ url, exchanges: [createCache(), fetchExchange], fetchOptions: { headers } });
