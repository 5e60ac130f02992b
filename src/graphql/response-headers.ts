// An Apollo plugin: sets the status and the headers of the HTTP response to a result.
import type { ApolloServerPlugin, HTTPGraphQLHead } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { Validity } from '../domain/call.js';
import { ERRORS, type ErrorRow } from '../domain/errors.js';
import type { Context } from './context.js';

export function responseHeaders(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response: { http, body }, contextValue }) {
          if (body.kind !== 'single') return;
          const { data, errors = [] } = body.singleResult;
          http.headers.set('cache-control', cacheControl(errors, contextValue.call.validity));
          if (!data && errors[0]) describeFailure(http, errors[0]);
        },
      };
    },
  };
}

export function cacheControl(errors: readonly unknown[], { seconds }: Validity): string {
  return errors.length > 0 ? 'no-store' : `private, max-age=${seconds ?? 0}`;
}

/** An error outside our table keeps Apollo's own status. */
function describeFailure(http: HTTPGraphQLHead, { extensions }: GraphQLFormattedError): void {
  const rows: Readonly<Record<string, ErrorRow>> = ERRORS;
  const row = rows[String(extensions?.code)];
  // Apollo gives status 500 to an error that one of our plugins throws before the run.
  if (row !== undefined) http.status = row.httpStatus;
  const retryAfterMs = extensions?.retryAfterMs;
  if (typeof retryAfterMs !== 'number') return;
  http.headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)));
}
