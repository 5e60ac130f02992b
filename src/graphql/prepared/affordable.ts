// Whether an operation may run, by its price; what was found holds as long as the price depends on the same.
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
  /** What its price depended on when it was found to be within its budget. */
  affordableIn: PriceContext | null;
}

/** What holds for a document, whatever its variables are. */
interface Outline {
  readonly singleReads: number;
  /** null: they have to be counted with care. */
  readonly references: string | null;
}

export interface Affordability {
  isAffordable(request: PricedRequest, context: PriceContext): boolean;
  /** Calls that the operation makes at the most. */
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

  /** Without a walk, which is as long as all else that a small operation takes. */
  function isSurelyAffordable({ document, coerced }: PricedRequest, context: PriceContext) {
    const { singleReads, references: variable } = outlineOf(document);
    const { limits, workspaces } = context;
    if (singleReads <= Math.min(callsPerOperation, limits.ids)) return true;
    const references = variable === null ? null : coerced[variable];
    if (!Array.isArray(references)) return false;
    // A version may take its model's call as well, where callers see but some workspaces.
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
