// Decides by its price whether an operation may run; the result holds as long as the price depends on the same.
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { AppError } from '../../domain/errors.js';
import type { VariableValues } from '../limits/coerce-variables.js';
import { refuseBeyond } from '../price/price.js';
import { priceOperation } from '../price/price-operation.js';
import { referencesOnly } from '../price/references-only.js';
import type { PriceContext } from '../price/rules.js';
import { mostSingleReads } from '../price/single-reads.js';

export interface PricedRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly coerced: VariableValues;
  /** The price context in which the operation was found to be within its budget. */
  affordableIn: PriceContext | null;
}

/** The facts about a document that hold for all variables. */
interface Outline {
  readonly singleReads: number;
  /** The variable that holds them; null: the operation has to be priced. */
  readonly references: string | null;
}

export interface Affordability {
  isAffordable(request: PricedRequest, context: PriceContext): boolean;
  /** The most calls that the operation makes. */
  mostCalls(request: PricedRequest): number;
}

export function createAffordability(
  schema: GraphQLSchema,
  callsPerOperation: number,
): Affordability {
  const outlines = new WeakMap<DocumentNode, Outline>();

  function outlineOf(document: DocumentNode): Outline {
    const known = outlines.get(document) ?? {
      singleReads: mostSingleReads(document),
      references: referencesOnly(document),
    };
    outlines.set(document, known);
    return known;
  }

  /** It avoids a walk, which takes as long as all the rest of a small operation. */
  function isSurelyAffordable({ document, coerced }: PricedRequest, context: PriceContext) {
    const { singleReads, references: variable } = outlineOf(document);
    const { limits, workspaces } = context;
    if (singleReads <= Math.min(callsPerOperation, limits.ids)) return true;
    const references = variable === null ? null : coerced[variable];
    if (!Array.isArray(references)) return false;
    // A version may take the call for its model as well, where callers see only some workspaces.
    const calls = workspaces === null ? references.length : 2 * references.length;
    return calls <= Math.min(callsPerOperation, limits.representations, limits.rows);
  }

  function isAffordable(request: PricedRequest, context: PriceContext): boolean {
    const { affordableIn } = request;
    if (affordableIn !== null && isSame(affordableIn, context)) return true;
    if (isSurelyAffordable(request, context)) return true;
    try {
      refuseBeyond(callsPerOperation, priceOperation({ schema, ...request }, context));
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
    request.affordableIn = context;
    return true;
  }

  return {
    isAffordable,
    mostCalls: ({ document }) => Math.min(callsPerOperation, outlineOf(document).singleReads),
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
