// Whether an operation may run, by its price; what was found holds as long as the price depends on the same.
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { AppError } from '../../domain/errors.js';
import { refuseBeyond } from '../price/price.js';
import { priceOperation } from '../price/price-operation.js';
import { referencesOnly } from '../price/references-only.js';
import type { PriceContext } from '../price/rules.js';

export interface PricedRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly coerced: Readonly<Record<string, unknown>>;
  /** What its price depended on when it was found to be within its budget. */
  affordableIn: PriceContext | null;
}

export type IsAffordable = (request: PricedRequest, context: PriceContext) => boolean;

export function createIsAffordable(schema: GraphQLSchema, callsPerOperation: number): IsAffordable {
  const referencesBy = new WeakMap<DocumentNode, string | null>();

  /** null: they have to be counted with care. */
  function referencesOf({ document, coerced }: PricedRequest): number | null {
    const known = referencesBy.get(document);
    const variable = known === undefined ? referencesOnly(document) : known;
    if (known === undefined) referencesBy.set(document, variable);
    const references = variable === null ? null : coerced[variable];
    return Array.isArray(references) ? references.length : null;
  }

  /** A version may take its model's call as well, where callers see but some workspaces. */
  function isSurelyAffordable(request: PricedRequest, context: PriceContext): boolean {
    const references = referencesOf(request);
    if (references === null) return false;
    const { limits, workspaces } = context;
    const calls = workspaces === null ? references : 2 * references;
    return calls <= Math.min(callsPerOperation, limits.representations, limits.rows);
  }

  return (request, context) => {
    const { affordableIn } = request;
    if (affordableIn !== null && isSame(affordableIn, context)) return true;
    if (isSurelyAffordable(request, context)) return true;
    try {
      const calls = priceOperation({ schema, ...request }, context);
      if (calls === null) return false;
      refuseBeyond(callsPerOperation, calls);
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
    request.affordableIn = context;
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
