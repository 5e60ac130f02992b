// Decides by its price whether an operation may run; the result holds as long as the price depends on the same.
import type { GraphQLSchema } from 'graphql';
import { AppError } from '../../domain/errors.js';
import type { PriceContext } from '../pricing/price-field.js';
import { distinctCalls, refuseBeyond } from '../pricing/priced-call.js';
import { createPriceOperation, type PriceableOperation } from '../pricing/walk.js';

export interface PricedRequest extends PriceableOperation {
  /** The calls that the operation may make in this context, where it is within its budget; null: not yet known. */
  price: { readonly context: PriceContext; readonly calls: number } | null;
}

export interface Affordability {
  /** The most calls that the operation makes; null: they are too many. */
  callsOf(request: PricedRequest, context: PriceContext): number | null;
}

export function createAffordability(
  schema: GraphQLSchema,
  callsPerOperation: number,
): Affordability {
  const priceOperation = createPriceOperation(schema);
  return {
    callsOf(request, context) {
      const { price } = request;
      if (price !== null && isSame(price.context, context)) return price.calls;
      try {
        const calls = priceOperation(request, context);
        refuseBeyond(callsPerOperation, calls);
        request.price = { context, calls: distinctCalls(calls) };
        return request.price.calls;
      } catch (error) {
        if (error instanceof AppError) return null;
        throw error;
      }
    },
  };
}

function isSame(one: PriceContext, other: PriceContext): boolean {
  const { ListModels, ListModelVersions } = one.caps;
  return (
    ListModels === other.caps.ListModels &&
    ListModelVersions === other.caps.ListModelVersions &&
    (one.workspaces === other.workspaces ||
      JSON.stringify(one.workspaces) === JSON.stringify(other.workspaces))
  );
}
