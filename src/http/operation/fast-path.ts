// Answers what needs no Apollo: from the memo, or by an operation that was compiled. What it does not cover
// it leaves to Apollo.
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

/** A request, and where answers of its caller to it are remembered. */
export interface Slot {
  readonly request: PlainRequest;
  /** null: nowhere. */
  readonly key: string | null;
}

export interface FastPath {
  slotOf(request: PlainRequest, asking: Asking): MaybePromise<Slot>;
  recall(slot: Slot, requestId: string): FastAnswer | null;
  /** From then on what is in memory is given at once, to whoever runs the operation. */
  open(context: Context): MaybePromise<unknown>;
  /** Undefined: it has to be looked at whole. */
  find(slot: Slot): ReadyRequest | undefined;
  /** null: Apollo runs it. */
  prepare(slot: Slot, admitted: AdmittedRequest): ReadyRequest | null;
  /** null: Apollo has to, with the same context. */
  run(slot: Slot, ready: ReadyRequest, context: Context): MaybePromise<FastAnswer | null>;
  /** Remembers what Apollo answered, where that may be, and gives it its tag. */
  keep(slot: Slot, response: HTTPGraphQLResponse, context: Context): void;
}

export interface FastPathOptions {
  /** null: off. */
  readonly memo: AnswerMemo | null;
  /** null: off. */
  readonly runPrepared: RunPrepared | null;
  /** Apollo's own. */
  readonly persistedQueries: PersistedTexts;
  readonly catalog: Pick<NarrowedCatalog, 'scopeOf' | 'open'>;
  readonly report: Report;
  readonly now: () => number;
}

type Told = Extract<Event, { type: 'operation' }>;
type Answered = Pick<Told, 'requestId' | 'name' | 'kind' | 'usage' | 'isMemo'>;

const NONE: Told['unexpected'] = [];

/** Field by field: to spread them behind another takes V8 longer than all that listens to the event. */
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
      // Whose access is not known at once has no memory; the run waits for it, and tells what is wrong.
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
      const { call, requestId, trail, startedAt } = context;
      const opening = atHand(catalog.open(call));
      const running = whenThere(opening, () => runPrepared?.run(ready, context) ?? null);
      return whenThere(running, (data) => {
        if (data === null) return null;
        trail.isMemorable = !ready.selectsMeta;
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
      remember(key, { ...context.trail, data, body, usage }, context);
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

/** With the method: a body that reads like the search of a GET is not what the GET was. */
function recallKeyOf({ method, text }: PlainRequest): string {
  return text.under(method);
}

function createRemember(memo: AnswerMemo | null) {
  return (key: string | null, answer: Memorable, { call, trail }: Context): void => {
    if (memo === null || key === null || !trail.isMemorable || !isFromCache(call)) return;
    memo.set(key, answer, call.parts ?? []);
  };
}

/** Wholly, and fresh: what the memo would say of its cost is what it did cost. */
function isFromCache({ usage }: Call): boolean {
  const { calls, coalesced, stale, retries, waitMs } = usage;
  return calls + coalesced + stale + retries + waitMs === 0;
}

/** As Apollo writes it. */
function wholeText(data: string, usage: Usage): string {
  return `{"data":${data},"extensions":${JSON.stringify({ upstream: usage })}}\n`;
}

function textOf({ body }: HTTPGraphQLResponse): string {
  return body.kind === 'complete' ? body.string : '';
}

/** null: it is more or less than data and what its run cost. */
function dataOf(body: string, usage: Usage): string | null {
  const before = '{"data":';
  const after = wholeText('', usage).slice(before.length);
  const isWhole = body.startsWith(before) && body.endsWith(after);
  return isWhole ? body.slice(before.length, -after.length) : null;
}
