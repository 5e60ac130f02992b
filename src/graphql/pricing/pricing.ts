// An Apollo plugin: prices every operation before it runs, refuses one beyond its budget, and explains it
// instead of running it where the request asks for that.
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { Catalog } from '../../catalog/catalog.js';
import type { Caller } from '../../domain/caller.js';
import { AppError } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { formatAppError } from '../format-error.js';
import { coerceVariables } from '../limits/coerce-variables.js';
import type { OperationLimits } from '../limits/limits.js';
import { type ExplainParts, explain, refuseTooLate } from './plan.js';
import { type PricedCall, refuseBeyond } from './priced-call.js';
import type { PriceContext, PriceOperation } from './walk.js';

export interface PricingOptions extends Omit<ExplainParts, 'estimates'> {
  readonly limits: OperationLimits;
  /** False: requests to explain an operation are ignored. */
  readonly isExplainOn: boolean;
}

/** Everything that a price depends on besides the operation. */
export function priceContextOf(
  pageCaps: Catalog['pageCaps'],
  caller: Caller,
  limits: OperationLimits,
): PriceContext {
  const caps = {
    ListModels: pageCaps.of('ListModels', caller),
    ListModelVersions: pageCaps.of('ListModelVersions', caller),
  };
  return { caps, view: caller.view, limits };
}

/** Clients keep no response that has an error. */
const EXPLAINED = new AppError(
  'EXPLAINED',
  'The operation was explained, not run; the plan is in extensions.explain.',
);

export function pricing(
  priceOperation: PriceOperation,
  { estimates, pageCaps }: Pick<Catalog, 'estimates' | 'pageCaps'>,
  options: PricingOptions,
): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ request, contextValue }) {
      const { call, isExplain } = contextValue;
      const isExplained =
        options.isExplainOn && (isExplain || request.extensions?.explain === true);
      let calls: readonly PricedCall[] | null = null;
      return {
        async didResolveOperation({ schema, document, operation }) {
          if (operation === undefined) return;
          const coerced = coerceVariables(schema, operation, request.variables ?? {});
          const context = priceContextOf(pageCaps, call.caller, options.limits);
          calls = priceOperation({ document, operation, coerced }, context);
          if (isExplained) return;
          refuseBeyond(options.callsPerOperation, calls);
          await refuseTooLate(calls, estimates, call, contextValue.now);
        },
        async responseForOperation() {
          // An operation that is refused before its first call is not explained either.
          if (!isExplained || calls === null) return null;
          const explanation = await explain(calls, { estimates, ...options }, call);
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
