// An Apollo plugin: what an operation cost goes into its response and into one event.
import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import type { Context } from './context.js';
import { originalOf } from './format-error.js';

/** A name is the client's to choose, up to the size of a body. */
const MAX_NAME = 100;

type Finished = GraphQLRequestContextWillSendResponse<Context>;

export function operationReport(report: Report, now: () => number): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      const startedAt = now();
      return {
        async willSendResponse(finished) {
          const { response, contextValue } = finished;
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          const { usage, selections } = contextValue.call;
          usage.saved = Math.max(0, selections.count - usage.calls);
          singleResult.extensions = { ...singleResult.extensions, upstream: usage };
          report({
            type: 'operation',
            requestId: contextValue.requestId,
            name: finished.operationName?.slice(0, MAX_NAME) ?? null,
            kind: finished.operation?.operation ?? null,
            durationMs: now() - startedAt,
            outcome: outcomeOf(finished),
            usage,
            unexpected: unexpectedOf(finished),
          });
        },
      };
    },
  };
}

/** The codes of an operation's errors, each once, in order. */
function outcomeOf({ response }: Finished): string {
  if (response.body.kind !== 'single') return 'OK';
  const codes = response.body.singleResult.errors?.map(({ extensions }) =>
    String(extensions?.code),
  );
  return codes?.length ? [...new Set(codes)].join(',') : 'OK';
}

/** Errors that the caller sees masked; the log must say what they were. Formatted ones keep their order. */
function unexpectedOf({ errors = [], response }: Finished): Error[] {
  const formatted = response.body.kind === 'single' ? response.body.singleResult.errors : [];
  return errors
    .filter((_, index) => formatted?.[index]?.extensions?.code === 'INTERNAL_SERVER_ERROR')
    .map(originalOf)
    .filter((error) => error instanceof Error)
    .filter((error) => !(error instanceof AppError));
}
