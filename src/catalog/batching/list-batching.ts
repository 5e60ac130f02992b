// The batch read that PAI does not have: many missing models through few pages of a list. batch-plan decides which
// pages are worth reading; a list is believed once its models have proved equal to those of GetModel.
import type { Call } from '../../domain/call.js';
import type { Page, PageNumber } from '../../domain/list.js';
import type { Model } from '../../domain/model.js';
import { asReadById } from '../../pai/decode/model.js';
import type { ListQuery } from '../../pai/list-query.js';
import type { PageCaps } from '../paging/page-cap.js';
import { judgePage } from '../paging/page-plan.js';
import type { Outcome, Read } from '../reading/cached-reader.js';
import type { Access } from '../reading/fetcher.js';
import { isRead } from '../reading/serving.js';
import { type BatchState, nextStep, unreadPages } from './batch-plan.js';
import type { KeptModels } from './kept-models.js';
import { type KnownLists, seenPage } from './known-lists.js';
import { type ListProofParts, PROOFS, proveList } from './list-proof.js';

export interface ListBatchingParts extends ListProofParts {
  readonly known: KnownLists;
  readonly kept: KeptModels;
  readonly pageCaps: Pick<PageCaps, 'of'>;
  readonly quotaLeft: (call: Call) => BatchState['quotaLeft'];
  readonly readPage: (
    list: ListQuery,
    page: PageNumber,
    access: Access,
    call: Call,
  ) => Promise<Read<Page<Model>> | null | Error>;
  readonly now: () => number;
}

export interface ListBatching {
  /** The missing ids that it settled; calls made ≤ ids settled + 1. */
  batchFetch(
    ids: readonly string[],
    access: Access,
    call: Call,
  ): Promise<ReadonlyMap<string, Outcome<Model>>>;
  /** How this number of missing ids would be read now; null: one by one. Asks PAI nothing. */
  estimate(missing: number, access: Access, call: Call): EstimatedBatch | null;
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

export function createListBatching(parts: ListBatchingParts): ListBatching {
  return {
    async batchFetch(ids, access, call) {
      const progress: BatchProgress = {
        missing: new Set(ids),
        settled: new Map(),
        pagesRead: [],
        found: 0,
        uncut: Number.POSITIVE_INFINITY,
      };
      let goesOn = true;
      while (goesOn) {
        const next = nextPage(parts, progress, access, call);
        goesOn = next !== null && (await takePage(parts, progress, next, access, call));
      }
      const { pagesRead, found } = progress;
      const pages = pagesRead.length;
      if (pages > 0) parts.report({ type: 'list_batch', wanted: ids.length, found, pages });
      return progress.settled;
    },
    estimate(missing, access, call) {
      const uncut = Number.POSITIVE_INFINITY;
      const start = { missing: { size: missing }, found: 0, pagesRead: [], uncut };
      const next = nextPage(parts, start, access, call);
      return next && { pages: next.pages, proofs: next.proofs };
    },
  };
}

/** null: the rest is read one by one. */
function nextPage(
  { known, trust, pageCaps, quotaLeft }: ListBatchingParts,
  { missing, found, pagesRead, uncut }: Progress,
  { scopeId }: Access,
  call: Call,
): NextPage | null {
  const { budget, cacheControl } = call;
  const trusted = trust.of(scopeId);
  if (trusted === 'mismatched') return null;
  const pageSize = Math.min(uncut, pageCaps.of('ListModels', call.caller));
  const lists = known.of(scopeId, pageSize, !cacheControl.noCache).map((list) => {
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

/** False: the list is not believed, or could not be read. */
async function takePage(
  parts: ListBatchingParts,
  progress: BatchProgress,
  { list, page }: NextPage,
  access: Access,
  call: Call,
): Promise<boolean> {
  const { kept, known } = parts;
  const answer = await parts.readPage(list, page, access, livePage(call, parts.now));
  const cut = { ...page, size: isRead(answer) ? sizeOf(page, answer.value) : page.size };
  progress.uncut = Math.min(progress.uncut, cut.size);
  progress.pagesRead.push({ ...cut, list: list.key });
  if (!isRead(answer)) return false;
  const { items } = answer.value;
  const models = items.filter((item) => item !== null).map(asReadById);
  const wanted = models.filter(({ id }) => progress.missing.has(id));
  const wasProven = kept.isProven(access);
  for (const [id, outcome] of await proveList(wanted, parts, access, call)) {
    settle(progress, id, outcome);
  }
  const isProven = kept.isProven(access);
  known.note(access.scopeId, list, seenPage(cut, answer, isProven));
  if (!isProven) return false;
  if (!wasProven) kept.onProven(items, answer.meta, access);
  for (const value of wanted) {
    if (settle(progress, value.id, { value, meta: answer.meta })) progress.found += 1;
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
