// Whether an operation may run, by its price; what was found for a request holds for its equals.
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../domain/errors.js';
import { refuseBeyond } from '../price/price.js';
import { priceOperation } from '../price/price-operation.js';
import type { PriceContext } from '../price/rules.js';

export interface PricedRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Requests of equal texts have equal operations and variables. */
  readonly text: string;
}

export type IsAffordable = (request: PricedRequest, context: PriceContext) => boolean;

const MAX_CHARACTERS = 4 * 1024 * 1024;

export function createIsAffordable(schema: GraphQLSchema, callsPerOperation: number): IsAffordable {
  /** By the text, what the price depended on besides. */
  const passed = new LRUCache<string, PriceContext>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  });
  return (request, context) => {
    const { text } = request;
    const known = passed.get(text);
    if (known !== undefined && isSame(known, context)) return true;
    try {
      const calls = priceOperation({ schema, ...request }, context);
      if (calls === null) return false;
      refuseBeyond(callsPerOperation, calls);
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
    passed.set(text, context);
    return true;
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
