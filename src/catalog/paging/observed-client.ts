// PAI's client, extended to report each page that it gives, so that later reads know the size of pages.
import type { PaiClient } from '../../pai/client.js';
import type { PageCaps } from './page-cap.js';

export function observeCaps(client: PaiClient, { observe }: Pick<PageCaps, 'observe'>): PaiClient {
  return {
    ...client,
    async listModels(list, page, context) {
      const found = await client.listModels(list, page, context);
      if (found !== null) observe(list.operation, context.caller, page, found.value);
      return found;
    },
    async listVersions(modelId, list, page, context) {
      const found = await client.listVersions(modelId, list, page, context);
      if (found !== null) observe(list.operation, context.caller, page, found.value);
      return found;
    },
  };
}
