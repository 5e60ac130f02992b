// The context that the resolvers of one operation share: DataLoaders, or plain calls where the peer has none.
import DataLoader from 'dataloader';
import { getModel, getVersion } from './pai.mjs';
import { hasLoader } from './settings.mjs';

const bare = { model: getModel, version: getVersion };

export function createContext() {
  if (!hasLoader) return bare;
  const models = new DataLoader((ids) => Promise.all(ids.map(getModel)));
  const versions = new DataLoader(
    (keys) => Promise.all(keys.map(({ modelId, name }) => getVersion(modelId, name))),
    { cacheKeyFn: ({ modelId, name }) => `${modelId}/${name}` },
  );
  return {
    model: (id) => models.load(id),
    version: (modelId, name) => versions.load({ modelId, name }),
  };
}
