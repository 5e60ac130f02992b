// Turns any error into the part of it that the caller may see. Errors of the table and mistakes of a request that GraphQL
// names are shown; every other error is masked.
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, isValueNode } from 'graphql';
import { AppError } from '../domain/errors.js';
import { isJsonObject } from '../lib/json.js';
import { shortMessage } from './limits/short-texts.js';

/** Codes of GraphQL and Apollo for mistakes of a request: the caller may see their messages. */
const REQUEST_ERRORS: ReadonlySet<unknown> = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const position = positionOf(formatted);
  const original = originalOf(error);
  if (original instanceof AppError) {
    return { message: original.message, ...position, extensions: publicExtensions(original) };
  }
  const message = shortMessage(formatted.message);
  if (original instanceof GraphQLError && original === error) {
    const code = isBadRequest(original) ? 'BAD_REQUEST' : formatted.extensions?.code;
    if (REQUEST_ERRORS.has(code)) return { message, ...position, extensions: { code } };
  }
  if (isWrongArgument(original)) {
    return { message, ...position, extensions: { code: 'BAD_USER_INPUT' } };
  }
  return { message: 'Internal server error', ...position, extensions: masked };
}

const MAX_LOCATIONS = 5;
/** A response key may be as long as a document, and a path repeats it for each item of a list. */
const MAX_PATH = 1000;

function positionOf({ locations, path }: GraphQLFormattedError) {
  const isShort = path !== undefined && path.join('.').length <= MAX_PATH;
  return {
    ...(locations && { locations: locations.slice(0, MAX_LOCATIONS) }),
    ...(isShort && { path }),
  };
}

/** The error that a resolver or one of our plugins threw; the error itself where it is GraphQL's own. */
export function originalOf(error: unknown): unknown {
  const { originalError } = error instanceof GraphQLError ? error : {};
  return originalError instanceof AppError ? originalError : unwrapResolverError(error);
}

/**
 * A variable that may be null, in a place that may not: GraphQL finds this only when it runs. The error points at
 * the value in the document; an error that points at a field or nowhere comes from our own answers.
 */
function isWrongArgument(error: unknown): error is GraphQLError {
  const [node] = error instanceof GraphQLError ? (error.nodes ?? []) : [];
  return node !== undefined && isValueNode(node);
}

/** Apollo gives some mistakes of a client a status and no code, which would make them internal errors. */
function isBadRequest({ extensions: { code, http } }: GraphQLError): boolean {
  return code === undefined && isJsonObject(http) && http.status === 400;
}

const masked = { code: 'INTERNAL_SERVER_ERROR' };

export function formatAppError(error: AppError): GraphQLFormattedError {
  return { message: error.message, extensions: publicExtensions(error) };
}

export function publicExtensions({ code, details }: AppError): Record<string, unknown> {
  const { upstreamRequestId, retryAfterMs, limit, measured, omittedIds } = details;
  const shown = { upstreamRequestId, retryAfterMs, limit, measured, omittedIds };
  const given = Object.entries(shown).filter(([, value]) => value !== undefined);
  return { code, ...Object.fromEntries(given) };
}
