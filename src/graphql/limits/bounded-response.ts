// An Apollo plugin: an operation whose response grew too large is answered with that error alone, and a refused
// request gets a short answer, for any number and length of its mistakes.
import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { AppError } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { publicExtensions } from '../format-error.js';
import type { ResponseSize } from './response-size.js';

/** Bound of the errors of a refused request. Beside them, its answer holds a few hundred bytes. */
const MAX_REFUSAL_BYTES = 15 * 1024;

/** It comes before the plugins that read the errors of a response. */
export function boundedResponse(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response: { body }, contextValue: { size } }) {
          if (body.kind === 'single') bound(body.singleResult, size);
        },
      };
    },
  };
}

interface Result {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
}

function bound(result: Result, size: ResponseSize): void {
  if (result.data) countErrors(size, result.errors ?? []);
  if (size.failure !== null) {
    result.data = null;
    result.errors = [formatted(size.failure)];
  }
  if (!result.data && result.errors) result.errors = fewest(result.errors);
}

/** Fields count while they are resolved, errors once they are formatted. */
function countErrors(size: ResponseSize, errors: readonly GraphQLFormattedError[]): void {
  for (const error of errors) {
    if (size.failure !== null) return;
    size.add(bytesOf(error));
  }
}

function formatted(failure: AppError): GraphQLFormattedError {
  return { message: failure.message, extensions: publicExtensions(failure) };
}

/** The first errors, as many as fit. */
function fewest(errors: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  const shown: GraphQLFormattedError[] = [];
  let bytes = 0;
  for (const error of errors) {
    bytes += bytesOf(error);
    if (shown.length > 0 && bytes > MAX_REFUSAL_BYTES) break;
    shown.push(error);
  }
  return shown;
}

function bytesOf(error: GraphQLFormattedError): number {
  return Buffer.byteLength(JSON.stringify(error));
}
