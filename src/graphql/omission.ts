// The parts that an operation left out because its budget was spent: null at each place, one error for all.
import type { ApolloServerPlugin } from '@apollo/server';
import { type Budget, BudgetSpent, type Omitted } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Context } from './context.js';
import { publicExtensions } from './format-error.js';

/** `modelId`: the id of the model that owns the list, by which a client can ask again. */
export async function unlessOmitted<T>(
  read: Promise<T>,
  omitted: Omitted,
  modelId: string | null,
): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    if (modelId === null) omitted.hasLists = true;
    else omitted.ids.add(modelId);
    return null;
  }
}

/** An Apollo plugin; it comes before those that read the errors of a response. */
export function omissions(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response: { body }, contextValue }) {
          const error = omissionOf(contextValue.call.budget);
          if (error === null || body.kind !== 'single') return;
          const { message } = error;
          const { singleResult } = body;
          const formatted = { message, extensions: publicExtensions(error) };
          singleResult.errors = [...(singleResult.errors ?? []), formatted];
        },
      };
    },
  };
}

function omissionOf({ calls, omitted: { ids, hasLists } }: Budget): AppError | null {
  if (ids.size === 0 && !hasLists) return null;
  const things = [
    ...(ids.size > 0 ? [ids.size === 1 ? '1 id' : `${ids.size} ids`] : []),
    ...(hasLists ? ['lists of models'] : []),
  ];
  const isOne = ids.size === 1 && !hasLists;
  return new AppError(
    'RATE_LIMITED',
    `The budget of ${calls} upstream calls is used up: ${things.join(' and ')} ${isOne ? 'was' : 'were'} not fetched.`,
    { omittedIds: [...ids] },
  );
}
