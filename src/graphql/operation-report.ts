// An Apollo plugin: writes the cost of an operation into its response and into one event.
import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { Call, Usage } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import type { Context } from './context.js';
import { originalOf } from './format-error.js';

/** A client chooses the name, which may be as long as a body. */
const MAX_NAME = 100;

type Finished = GraphQLRequestContextWillSendResponse<Context>;

export function operationReport(report: Report, now: () => number): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse(finished) {
          const { response, contextValue } = finished;
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          const usage = settledUsage(contextValue.call);
          const name = shownName(finished.operationName);
          contextValue.summary.name = name;
          contextValue.summary.document = finished.document ?? null;
          singleResult.extensions = { ...singleResult.extensions, upstream: usage };
          report({
            type: 'operation',
            requestId: contextValue.requestId,
            name,
            kind: finished.operation?.operation ?? null,
            durationMs: now() - contextValue.startedAt,
            outcome: outcomeOf(finished),
            usage,
            isFromResponseCache: false,
            unexpected: unexpectedOf(finished),
          });
        },
      };
    },
  };
}

export function shownName(name: string | null | undefined): string | null {
  return name?.slice(0, MAX_NAME) ?? null;
}

/** The usage that the caller sees, once nothing more is read. */
export function settledUsage({ usage, selections }: Call): Usage {
  usage.saved = Math.max(0, selections.count - usage.calls);
  return usage;
}

/** The codes of an operation's errors, each once, in order. */
function outcomeOf({ response }: Finished): string {
  if (response.body.kind !== 'single') return 'OK';
  const codes = response.body.singleResult.errors?.map(({ extensions }) =>
    String(extensions?.code),
  );
  return codes?.length ? [...new Set(codes)].join(',') : 'OK';
}

/** Errors that the caller sees masked; the log must name them. Formatted errors keep their order. */
function unexpectedOf({ errors = [], response }: Finished): Error[] {
  const formatted = response.body.kind === 'single' ? response.body.singleResult.errors : [];
  return errors
    .filter((_, index) => formatted?.[index]?.extensions?.code === 'INTERNAL_SERVER_ERROR')
    .map(originalOf)
    .filter((error) => error instanceof Error)
    .filter((error) => !(error instanceof AppError));
}
