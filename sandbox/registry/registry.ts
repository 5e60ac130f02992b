// Holds the models and decides which key sees which models; filters and pages nothing.
import { modelIdOf, type SandboxKey, type SandboxModel } from '../wire.js';

export interface Registry {
  find(modelId: string): SandboxModel | undefined;
  seenBy(key: SandboxKey): SandboxModel[];
  replace(models: readonly SandboxModel[]): void;
}

export function maySee(key: SandboxKey, entry: SandboxModel): boolean {
  return key.sees === undefined || key.sees(entry.model);
}

export function createRegistry(initial: readonly SandboxModel[]): Registry {
  let byId = new Map<string, SandboxModel>();

  const replace = (models: readonly SandboxModel[]): void => {
    byId = new Map(models.map((entry) => [modelIdOf(entry), entry]));
  };

  replace(initial);
  return {
    replace,
    find: (modelId) => byId.get(modelId),
    seenBy: (key) => [...byId.values()].filter((entry) => maySee(key, entry)),
  };
}
