// An Apollo plugin: prices every operation before it runs, refuses what its budget does not allow, and
// explains instead of running where the request asks for that.
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { Catalog } from '../../catalog/catalog.js';
import type { Context } from '../context.js';
import { type ExplainParts, explain } from './explain.js';
import { refuseBeyond } from './price.js';
import { priceOperation } from './price-operation.js';
import type { PricedCall } from './priced-call.js';
import type { PriceContext } from './rules.js';

export type PricingOptions = Omit<ExplainParts, 'foresight'>;

export function pricing(
  { foresight, pageCaps }: Pick<Catalog, 'foresight' | 'pageCaps'>,
  options: PricingOptions,
): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ request, contextValue }) {
      const { call, isExplain } = contextValue;
      const isExplained = isExplain || request.extensions?.explain === true;
      let calls: readonly PricedCall[] = [];
      return {
        async didResolveOperation({ schema, document, operation }) {
          if (operation === undefined) return;
          const variables = request.variables ?? {};
          const context: PriceContext = {
            caps: {
              ListModels: pageCaps.ListModels.current,
              ListModelVersions: pageCaps.ListModelVersions.current,
            },
            isModelFirst: call.caller.workspaces !== null,
          };
          calls = priceOperation({ schema, document, operation, variables }, context);
          if (!isExplained) refuseBeyond(options.callsPerOperation, calls);
        },
        async responseForOperation() {
          if (!isExplained) return null;
          const explanation = await explain(calls, { foresight, ...options }, call);
          const singleResult = { data: null, extensions: { explain: explanation } };
          return {
            http: { status: 200, headers: new HeaderMap() },
            body: { kind: 'single', singleResult },
          };
        },
      };
    },
  };
}
