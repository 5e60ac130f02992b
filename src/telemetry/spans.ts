// Events as facts about spans: the kind of an operation and its outcome, and the end of an attempt. Without traces, no
// event has a span.
import { statusOfCode } from '../domain/errors.js';
import type { Event } from '../domain/events.js';
import type { Span } from '../domain/span.js';

export function describeSpan(event: Event): void {
  if (!('span' in event) || event.span === undefined) return;
  switch (event.type) {
    case 'operation':
      describeOperation(event, event.span);
      break;
    case 'refusal':
      setOutcome(event.span, event.code);
      break;
    case 'unexpected':
      event.span.fail('INTERNAL_SERVER_ERROR');
      break;
    case 'upstream_attempt':
    case 'token_exchange':
      endAttempt(event, event.span);
      break;
    case 'list_batch':
      event.span.addEvent('list batch', {
        wanted: event.wanted,
        found: event.found,
        pages: event.pages,
      });
      break;
  }
}

function describeOperation(event: Event<'operation'>, span: Span): void {
  const { kind, name, outcome, isFromResponseCache, isCompiled = false, usage } = event;
  if (kind !== null) span.rename([kind, name].join(' ').trim());
  const executor = isCompiled ? 'compiled' : 'executed';
  span.set({
    'graphql.operation.type': kind ?? undefined,
    'graphql.operation.name': name ?? undefined,
    'pai_graph.answered_by': isFromResponseCache ? 'response_cache' : executor,
    'pai_graph.upstream_calls': usage.calls + usage.retries,
  });
  if (outcome !== 'OK') setOutcome(span, outcome);
}

function endAttempt(event: Event<'upstream_attempt' | 'token_exchange'>, span: Span): void {
  const { outcome, upstreamRequestId, upstreamCode } = event;
  span.set({ 'pai.request_id': upstreamRequestId, 'pai.error_code': upstreamCode });
  // A cancelled attempt says nothing about PAI.
  if (outcome === 'CANCELLED') span.set({ 'error.type': outcome });
  else if (outcome !== 'OK' && outcome !== 'NOT_FOUND') span.fail(outcome);
  span.end();
}

/**
 * `codes`: comma-separated; those that the table lacks are Apollo's, for a document that is not valid. A mistake of the
 * client is not an error of the server, as with HTTP's 4xx.
 */
function setOutcome(span: Span, codes: string): void {
  const isFailure = codes.split(',').some((code) => (statusOfCode(code) ?? 400) >= 500);
  if (isFailure) span.fail(codes);
  else span.set({ 'error.type': codes });
}
