// An Apollo plugin that gives a response all but its data: the error for reads that the budget left out, status, headers
// and the cost of the operation. It reports each operation as one event.
import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { Call } from '../domain/call.js';
import { askedBy } from '../domain/caller.js';
import { AppError, statusOfCode } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import type { Context, MediaType } from './context.js';
import { formatAppError, originalOf } from './format-error.js';
import { boundErrors, type Result } from './limits/response-size.js';
import { shownName } from './limits/short-texts.js';
import { cacheControl, callsHeader, settledUsage } from './response-parts.js';

type Finished = GraphQLRequestContextWillSendResponse<Context>;

export function completeResponse(report: Report): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse(finished) {
          const { body } = finished.response;
          if (body.kind !== 'single') return;
          const result = body.singleResult;
          const { contextValue } = finished;
          const { call, size, summary } = contextValue;
          const omission = omissionError(call.budget);
          if (omission) result.errors = [...(result.errors ?? []), formatAppError(omission)];
          boundErrors(result, size);
          setHead(finished, result);
          result.extensions = { ...result.extensions, upstream: settledUsage(contextValue) };
          summary.name = shownName(finished.operationName);
          summary.document = finished.document ?? null;
          summary.hasErrors = result.errors !== undefined && result.errors.length > 0;
          reportOperation(report, finished, result);
        },
      };
    },
  };
}

/** One error for everything that was left out, at whose places the data is null. */
function omissionError({ calls, omitted: { ids, hasLists } }: Call['budget']): AppError | null {
  if (ids.size === 0 && !hasLists) return null;
  const things = [
    ...(ids.size > 0 ? [ids.size === 1 ? '1 id' : `${ids.size} ids`] : []),
    ...(hasLists ? ['lists of models'] : []),
  ];
  const were = ids.size === 1 && !hasLists ? 'was' : 'were';
  return new AppError(
    'RATE_LIMITED',
    `The budget of ${calls} upstream calls is used up: ${things.join(' and ')} ${were} not fetched.`,
    { omittedIds: [...ids] },
  );
}

function setHead({ response: { http }, contextValue }: Finished, { data, errors = [] }: Result) {
  const { call, mediaType } = contextValue;
  const { validity, usage } = call;
  http.headers.set('cache-control', cacheControl(errors, validity));
  http.headers.set('x-upstream-calls', callsHeader(usage));
  const [first] = errors;
  if (data || first === undefined) return;
  const { code, retryAfterMs } = first.extensions ?? {};
  const status = statusOf(String(code), mediaType);
  if (status !== null) http.status = status;
  if (typeof retryAfterMs === 'number') {
    http.headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)));
  }
}

/**
 * The status of an answer without data. A client of application/json reads 200 as "the body is an answer"; gateways drop
 * the errors of any other status. A malformed request, which never becomes an operation, has its status in both types.
 * null: as Apollo has set it.
 */
function statusOf(code: string, mediaType: MediaType): number | null {
  if (code === 'BAD_REQUEST') return null;
  if (mediaType === 'application/json') return 200;
  // Apollo gives status 500 to an error that one of our plugins throws before the run.
  return statusOfCode(code);
}

function reportOperation(report: Report, finished: Finished, { errors = [] }: Result): void {
  const { contextValue, operation, operationName } = finished;
  const { startedAt, call, now } = contextValue;
  const codes = errors.map(({ extensions }) => String(extensions?.code));
  // The caller sees them masked, so that the log must name them. Formatted errors keep their order.
  const unexpected = (finished.errors ?? [])
    .filter((_, index) => codes[index] === 'INTERNAL_SERVER_ERROR')
    .map(originalOf)
    .filter((error) => error instanceof Error)
    .filter((error) => !(error instanceof AppError));
  report({
    type: 'operation',
    ...askedBy(call),
    name: shownName(operationName),
    kind: operation?.operation ?? null,
    durationMs: now() - startedAt,
    outcome: codes.length > 0 ? [...new Set(codes)].join(',') : 'OK',
    usage: call.usage,
    isFromResponseCache: false,
    unexpected,
  });
}
