// Prices operations before they run: refuses one beyond its budget, or that cannot start in time, and explains one instead
// of running it where the request asks for that.
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { AppError } from '../../domain/errors.js';
import { inSpan } from '../../domain/span.js';
import type { Context } from '../context.js';
import { formatAppError } from '../format-error.js';
import { coerceVariables } from '../limits/coerce-variables.js';
import { isWithin, type OperationLimits } from '../limits/limits.js';
import { boundCalls, type CallBound, hasUsualLists } from './call-bound.js';
import { explain } from './explain.js';
import { readMarks } from './marks.js';
import { type Price, refuseBeyond } from './price.js';
import { canStartInTime, refuseTooLate } from './start-in-time.js';
import { type PriceableOperation, priceOperation } from './walk.js';

export interface PricingOptions {
  readonly limits: OperationLimits;
  readonly callsPerOperation: number;
  readonly isListBatching: boolean;
  /** False: requests to explain an operation are ignored. */
  readonly isExplainOn: boolean;
}

export class Pricing {
  readonly options: PricingOptions;
  readonly #marks: ReturnType<typeof readMarks>;
  /** null: there is none. */
  readonly #bounds = new WeakMap<OperationDefinitionNode, CallBound | null>();

  constructor(schema: GraphQLSchema, options: PricingOptions) {
    this.options = options;
    this.#marks = readMarks(schema);
  }

  /** Throws QUERY_TOO_COMPLEX. */
  priceOf(operation: PriceableOperation, { pageCaps, call: { caller } }: Context): Price {
    const caps = {
      ListModels: pageCaps.of('ListModels', caller),
      ListModelVersions: pageCaps.of('ListModelVersions', caller),
      ListWorkspaces: pageCaps.of('ListWorkspaces', caller),
      ListDatasets: pageCaps.of('ListDatasets', caller),
    };
    const { limits } = this.options;
    return priceOperation(operation, this.#marks, { caps, view: caller.view, limits });
  }

  /** Throws QUERY_TOO_COMPLEX or RATE_LIMITED. */
  async refuseByPrice(operation: PriceableOperation, context: Context): Promise<void> {
    if (this.#isCheap(operation, context)) return;
    const { calls } = this.priceOf(operation, context);
    refuseBeyond(this.options.callsPerOperation, calls);
    await refuseTooLate(calls, context);
  }

  /** No variables could make it too expensive or too late. */
  #isCheap(operation: PriceableOperation, context: Context): boolean {
    const bound = this.#boundOf(operation);
    if (bound === null || !hasUsualLists(operation.coerced)) return false;
    const { limits, callsPerOperation } = this.options;
    const total = [...bound.calls.values()].reduce((sum, count) => sum + count, 0);
    return (
      total <= callsPerOperation && isWithin(limits, bound) && canStartInTime(bound.calls, context)
    );
  }

  #boundOf(priceable: PriceableOperation): CallBound | null {
    const { operation } = priceable;
    const known = this.#bounds.get(operation);
    if (known !== undefined) return known;
    const bound = boundCalls(priceable, this.#marks);
    this.#bounds.set(operation, bound);
    return bound;
  }
}

/** Clients keep no response that has an error. */
const EXPLAINED = new AppError(
  'EXPLAINED',
  'The operation was explained, not run; the plan is in extensions.explain.',
);

export function pricingPlugin(pricing: Pricing): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ request, contextValue: context }) {
      const isExplained =
        pricing.options.isExplainOn && (context.isExplain || request.extensions?.explain === true);
      let price: Price | null = null;
      return {
        async didResolveOperation({ schema, document, operation }) {
          if (operation === undefined) return;
          const coerced = coerceVariables(schema, operation, request.variables ?? {});
          const priceable = { document, operation, coerced };
          await inSpan(context.call.span, 'pricing', async () => {
            if (isExplained) price = pricing.priceOf(priceable, context);
            else await pricing.refuseByPrice(priceable, context);
          });
        },
        async responseForOperation() {
          // An operation that is refused before its first call is not explained either.
          if (price === null) return null;
          const explanation = await explain(price, pricing.options, context);
          const singleResult = {
            data: null,
            errors: [formatAppError(EXPLAINED)],
            extensions: { explain: explanation },
          };
          return {
            http: { status: 200, headers: new HeaderMap() },
            body: { kind: 'single', singleResult },
          };
        },
      };
    },
  };
}
