// Answers requests without Apollo: from the memo, or by a compiled operation. It leaves all other requests
// to Apollo.
import type { HTTPGraphQLResponse } from '@apollo/server';
import type { NarrowedCatalog } from '../../catalog/narrowed-catalog.js';
import type { Asking } from '../../catalog/peeking.js';
import { atHand } from '../../domain/at-hand.js';
import type { Call, Usage } from '../../domain/call.js';
import type { Caller } from '../../domain/caller.js';
import type { Event, Report } from '../../domain/events.js';
import { type MaybePromise, whenThere } from '../../domain/maybe-promise.js';
import type { Context } from '../../graphql/context.js';
import { type AnswerMemo, type Memorable, weakTag } from '../../graphql/memo/answer-memo.js';
import { settledUsage, shownName } from '../../graphql/operation-report.js';
import type { ReadyRequest, RunPrepared } from '../../graphql/prepared/run-prepared.js';
import { wireText } from '../../graphql/prepared/wire-text.js';
import { type FastAnswer, fastAnswer, giveTag } from './fast-answer.js';
import { type AdmittedRequest, type PersistedTexts, plainOperation } from './plain-operation.js';
import type { PlainRequest } from './plain-request.js';

/** A request, and the key under which the memo keeps its answer for this caller. */
export interface Slot {
  readonly request: PlainRequest;
  /** null: the answer is not kept. */
  readonly key: string | null;
}

export interface FastPath {
  slotOf(request: PlainRequest, asking: Asking): MaybePromise<Slot>;
  recall(slot: Slot, requestId: string): FastAnswer | null;
  /** Afterwards reads give data in memory immediately, both to the fast path and to Apollo. */
  open(context: Context): MaybePromise<unknown>;
  /** undefined: the request has to be run whole. */
  find(slot: Slot): ReadyRequest | undefined;
  /** null: Apollo runs it. */
  prepare(slot: Slot, admitted: AdmittedRequest): ReadyRequest | null;
  /** null: Apollo has to run the request, with the same context. */
  run(slot: Slot, ready: ReadyRequest, context: Context): MaybePromise<FastAnswer | null>;
  /** Keeps Apollo's answer, where that is allowed, and gives it its tag. */
  keep(slot: Slot, response: HTTPGraphQLResponse, context: Context): void;
}

export interface FastPathOptions {
  /** null: off. */
  readonly memo: AnswerMemo | null;
  /** null: off. */
  readonly runPrepared: RunPrepared | null;
  /** The persisted queries of Apollo. */
  readonly persistedQueries: PersistedTexts;
  readonly catalog: Pick<NarrowedCatalog, 'scopeOf' | 'open'>;
  readonly report: Report;
  readonly now: () => number;
}

type OperationEvent = Extract<Event, { type: 'operation' }>;
type Answered = Pick<OperationEvent, 'requestId' | 'name' | 'kind' | 'usage' | 'isMemo'>;

const NONE: OperationEvent['unexpected'] = [];

/** Copies field by field: a spread after another field takes V8 longer than all listeners of the event. */
function createTell({ report, now }: Pick<FastPathOptions, 'report' | 'now'>) {
  return ({ requestId, name, kind, usage, isMemo }: Answered, startedAt: number): void =>
    report({
      type: 'operation',
      requestId,
      name,
      kind,
      usage,
      isMemo,
      durationMs: now() - startedAt,
      outcome: 'OK',
      unexpected: NONE,
    });
}

export function createFastPath(options: FastPathOptions): FastPath {
  const { memo, runPrepared, persistedQueries, catalog, now } = options;
  const tell = createTell(options);
  const remember = createRemember(memo);
  return {
    slotOf(request, asking) {
      // Where the caller's access is not known immediately, the memo is not used; the run waits for the access and
      // reports its errors.
      const scope = memo && atHand(catalog.scopeOf(asking));
      return whenThere(scope, (known) => ({
        request,
        key: known && keyOf(known, request, asking.caller),
      }));
    },

    recall({ request, key }, requestId) {
      const startedAt = now();
      const found = key && memo?.get(key);
      if (!found) return null;
      const { answer, maxAgeSeconds } = found;
      const { usage, name, kind } = answer;
      tell({ requestId, name, kind, usage, isMemo: true }, startedAt);
      return fastAnswer(request, answer.body, answer.etag, maxAgeSeconds);
    },

    open: ({ call }) => atHand(catalog.open(call)),

    find: ({ request }) => runPrepared?.recall(recallKeyOf(request)),

    prepare({ request }, admitted) {
      const asked = runPrepared && plainOperation(admitted, persistedQueries);
      return asked && (runPrepared?.prepare(asked, recallKeyOf(request)) ?? null);
    },

    run({ request, key }, ready, context) {
      const { call, requestId, summary, startedAt } = context;
      const opening = atHand(catalog.open(call));
      const running = whenThere(opening, () => runPrepared?.run(ready, context) ?? null);
      return whenThere(running, (data) => {
        if (data === null) return null;
        summary.isMemorable = !ready.selectsMeta;
        const usage = settledUsage(call);
        const name = shownName(ready.operation.name?.value);
        const kind = ready.operation.operation;
        tell({ requestId, name, kind, usage, isMemo: false }, startedAt);
        const body = wholeText(data, usage);
        remember(key, { data, body, usage, name, kind }, context);
        const etag = request.method === 'GET' ? weakTag(data) : null;
        return fastAnswer(request, body, etag, call.validity.seconds ?? 0);
      });
    },

    keep({ request, key }, response, context) {
      const { usage } = context.call;
      const body = wireText(textOf(response));
      const data = dataOf(body, usage);
      if (data === null) return;
      remember(key, { ...context.summary, data, body, usage }, context);
      if (request.method === 'GET') giveTag(response, request, weakTag(data));
    },
  };
}

function keyOf(
  scope: string,
  { method, contentType, text }: PlainRequest,
  { workspaces }: Caller,
): string {
  const seen = workspaces === null ? 'all' : JSON.stringify(workspaces);
  return text.under(scope, seen, method, contentType);
}

/** The key includes the method: a body with the same text as the search of a GET is another request. */
function recallKeyOf({ method, text }: PlainRequest): string {
  return text.under(method);
}

function createRemember(memo: AnswerMemo | null) {
  return (key: string | null, answer: Memorable, { call, summary }: Context): void => {
    if (memo === null || key === null || !summary.isMemorable || !isFromCache(call)) return;
    memo.set(key, answer, call.parts ?? []);
  };
}

/** All data came from the cache, and fresh: the cost that the memo would report is the real cost. */
function isFromCache({ usage }: Call): boolean {
  const { calls, coalesced, stale, retries, waitMs } = usage;
  return calls + coalesced + stale + retries + waitMs === 0;
}

/** The same text as Apollo writes. */
function wholeText(data: string, usage: Usage): string {
  return `{"data":${data},"extensions":${JSON.stringify({ upstream: usage })}}\n`;
}

function textOf({ body }: HTTPGraphQLResponse): string {
  return body.kind === 'complete' ? body.string : '';
}

/** null: the body does not consist of exactly the data and the cost of its run. */
function dataOf(body: string, usage: Usage): string | null {
  const before = '{"data":';
  const after = wholeText('', usage).slice(before.length);
  const isWhole = body.startsWith(before) && body.endsWith(after);
  return isWhole ? body.slice(before.length, -after.length) : null;
}
