// PAI's client for narrowed callers: a model outside their workspaces becomes absent before it reaches a cache, so that
// neither its age nor its cost distinguishes it from a model that does not exist.

import { isWorkspaceRefusal } from '../pai/classify.js';
import type { PaiClient } from '../pai/client.js';
import { isVisible } from './visibility.js';

export function narrowClient(client: PaiClient): PaiClient {
  return {
    ...client,
    async getModel(id, context) {
      const { workspaces } = context.caller;
      if (workspaces === null) return client.getModel(id, context);
      const found = await client.getModel(id, context).catch(absentWhereRefused);
      return found && isVisible(found.value, workspaces) ? found : null;
    },
    async listModels(list, page, context) {
      const found = await client.listModels(list, page, context);
      const { workspaces } = context.caller;
      if (found === null || workspaces === null) return found;
      const { items, total } = found.value;
      const visible = items.map((item) => item && (isVisible(item, workspaces) ? item : null));
      return { ...found, value: { items: visible, total } };
    },
  };
}

/** A refusal must not reveal whether the model exists. */
function absentWhereRefused(error: unknown): null {
  if (isWorkspaceRefusal(error)) return null;
  throw error;
}
