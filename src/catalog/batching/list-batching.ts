// The batch fetch that PAI does not have: many missing models through few pages of a list. batch-plan decides which
// pages are worth reading; a list is trusted once its models have proved equal to those of GetModel.
import type { Cache } from '../../cache/cache.js';
import type { Scope } from '../../cache/entry.js';
import { isRead, type Outcome, type Read } from '../../cache/read-through.js';
import type { Call } from '../../domain/call.js';
import type { Page, PageNumber } from '../../domain/list.js';
import type { Model } from '../../domain/model.js';
import { asReadById } from '../../pai/decode/model.js';
import type { ListQuery } from '../../pai/request.js';
import type { PageCaps } from '../paging/page-cap.js';
import { judgePage } from '../paging/page-plan.js';
import { type BatchState, nextStep, unreadPages } from './batch-plan.js';
import { type KnownLists, seenPage } from './known-lists.js';
import { type ListProofOptions, PROOFS, proveList, storeModels } from './list-proof.js';

export interface ListBatchingOptions extends ListProofOptions {
  readonly known: KnownLists;
  /** null: caching is off. */
  readonly cache: Cache | null;
  readonly pageCaps: Pick<PageCaps, 'of'>;
  readonly quotaLeft: (call: Call) => BatchState['quotaLeft'];
  readonly readPage: (
    list: ListQuery,
    page: PageNumber,
    scope: Scope,
    call: Call,
  ) => Promise<Read<Page<Model>> | null | Error>;
  readonly now: () => number;
}

export interface ListBatching {
  /** The missing ids that it settled; calls made ≤ ids settled + 1. */
  batchFetch(
    ids: readonly string[],
    scope: Scope,
    call: Call,
  ): Promise<ReadonlyMap<string, Outcome<Model>>>;
  /** How this number of missing ids would be read now; null: one by one. Asks PAI nothing. */
  estimate(missing: number, scope: Scope, call: Call): EstimatedBatch | null;
}

export interface EstimatedBatch {
  readonly pages: number;
  /** Models that are read by id as well. */
  readonly proofs: number;
}

interface Progress extends Pick<BatchState, 'found'> {
  readonly missing: { readonly size: number };
  readonly pagesRead: readonly ReadPage[];
  /** PAI cut pages that were larger. */
  readonly uncut: number;
}

interface ReadPage extends PageNumber {
  readonly list: string;
}

interface NextPage extends EstimatedBatch {
  readonly list: ListQuery;
  readonly page: PageNumber;
}

/** The progress of one batch. */
interface BatchProgress extends Progress {
  readonly missing: Set<string>;
  readonly settled: Map<string, Outcome<Model>>;
  readonly pagesRead: ReadPage[];
  found: number;
  uncut: number;
}

export function createListBatching(options: ListBatchingOptions): ListBatching {
  return {
    async batchFetch(ids, scope, call) {
      const progress: BatchProgress = {
        missing: new Set(ids),
        settled: new Map(),
        pagesRead: [],
        found: 0,
        uncut: Number.POSITIVE_INFINITY,
      };
      let goesOn = true;
      while (goesOn) {
        const next = nextPage(options, progress, scope, call);
        goesOn = next !== null && (await takePage(options, progress, next, scope, call));
      }
      const { pagesRead, found } = progress;
      const pages = pagesRead.length;
      if (pages > 0) options.report({ type: 'list_batch', wanted: ids.length, found, pages });
      return progress.settled;
    },
    estimate(missing, scope, call) {
      const uncut = Number.POSITIVE_INFINITY;
      const start = { missing: { size: missing }, found: 0, pagesRead: [], uncut };
      const next = nextPage(options, start, scope, call);
      return next && { pages: next.pages, proofs: next.proofs };
    },
  };
}

/** null: the rest is read one by one. */
function nextPage(
  { known, trust, pageCaps, quotaLeft }: ListBatchingOptions,
  { missing, found, pagesRead, uncut }: Progress,
  scope: Scope,
  call: Call,
): NextPage | null {
  const { budget, cacheControl } = call;
  const trusted = trust.of(scope);
  if (trusted === 'mismatched') return null;
  const pageSize = Math.min(uncut, pageCaps.of('ListModels', call.caller));
  const lists = known.of(scope, pageSize, !cacheControl.noCache).map((list) => {
    const read = pagesRead.filter((page) => page.list === list.key && page.size === pageSize);
    const numbers = read.map(({ number }) => number);
    return { ...list, freshPages: new Set([...list.freshPages, ...numbers]) };
  });
  const proofs = trusted === 'trusted' ? 0 : PROOFS;
  const budgetLeft = budget.left;
  const step = nextStep({
    missing: missing.size,
    found,
    pagesRead: pagesRead.length,
    lists,
    pageSize,
    proofs,
    budgetLeft,
    quotaLeft: quotaLeft(call),
  });
  const chosen = step.kind === 'page' ? lists.find(({ key }) => key === step.list) : undefined;
  if (step.kind !== 'page' || chosen === undefined) return null;
  const page = { number: step.number, size: pageSize };
  return { list: chosen.list, page, pages: unreadPages(chosen, pageSize).length, proofs };
}

/** False: the list is not trusted, or could not be read. */
async function takePage(
  options: ListBatchingOptions,
  progress: BatchProgress,
  { list, page }: NextPage,
  scope: Scope,
  call: Call,
): Promise<boolean> {
  const { known, trust, cache, readPage, now } = options;
  const outcome = await readPage(list, page, scope, livePage(call, now));
  const cut = { ...page, size: isRead(outcome) ? sizeOf(page, outcome.value) : page.size };
  progress.uncut = Math.min(progress.uncut, cut.size);
  progress.pagesRead.push({ ...cut, list: list.key });
  if (!isRead(outcome)) return false;
  const { items } = outcome.value;
  const models = items.filter((item) => item !== null).map(asReadById);
  const wanted = models.filter(({ id }) => progress.missing.has(id));
  const wasTrusted = trust.of(scope) === 'trusted';
  for (const [id, byId] of await proveList(wanted, options, scope, call)) {
    settle(progress, id, byId);
  }
  const isTrusted = trust.of(scope) === 'trusted';
  known.note(scope, list, seenPage(cut, outcome, isTrusted));
  if (!isTrusted) return false;
  // The page arrived before its list was proved.
  if (!wasTrusted && cache !== null) storeModels({ ...outcome, items }, scope, cache);
  for (const value of wanted) {
    if (settle(progress, value.id, { ...outcome, value })) progress.found += 1;
  }
  return true;
}

/** False: the id was already settled. */
function settle({ missing, settled }: BatchProgress, id: string, outcome: Outcome<Model>): boolean {
  if (!missing.delete(id)) return false;
  settled.set(id, outcome);
  return true;
}

/**
 * The page is as new as an answer to each id would be: a cached page may show models that have been deleted since. A
 * list that does not answer leaves half of the time for reads one by one.
 */
function livePage(call: Call, now: () => number): Call {
  const { signal, deadlineAt, cacheControl } = call;
  const halfMs = Math.max(0, Math.floor((deadlineAt - now()) / 2));
  return {
    ...call,
    cacheControl: { ...cacheControl, noCache: true },
    deadlineAt: now() + halfMs,
    signal: AbortSignal.any([signal, AbortSignal.timeout(halfMs)]),
  };
}

/** The size that PAI gave. Only the number of rows on a page matters here, not their positions. */
function sizeOf(page: PageNumber, { items, total }: Page<Model>): number {
  const verdict = judgePage(page, items.length, total);
  return verdict.kind === 'cut' ? verdict.size : page.size;
}
