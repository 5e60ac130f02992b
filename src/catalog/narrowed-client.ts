// PAI's client as narrowed callers may use it: a model outside their workspaces is absent before it gets
// as far as a cache, so that neither its age nor its price tells it from one that does not exist.
import type { PaiClient } from '../pai/client.js';
import { isWorkspaceRefusal } from '../pai/failure.js';
import { isVisible } from './visibility.js';

export function narrowClient(client: PaiClient): PaiClient {
  return {
    ...client,
    async getModel(id, flight) {
      const { workspaces } = flight.caller;
      if (workspaces === null) return client.getModel(id, flight);
      const found = await client.getModel(id, flight).catch(absentWhereRefused);
      return found && isVisible(found.value, workspaces) ? found : null;
    },
    async listModels(list, page, flight) {
      const found = await client.listModels(list, page, flight);
      const { workspaces } = flight.caller;
      if (found === null || workspaces === null) return found;
      const { items, total } = found.value;
      const visible = items.map((item) => item && (isVisible(item, workspaces) ? item : null));
      return { ...found, value: { items: visible, total } };
    },
  };
}

/** A refusal must not tell what is there from what is not. */
function absentWhereRefused(error: unknown): null {
  if (isWorkspaceRefusal(error)) return null;
  throw error;
}
