// The batch read that PAI does not have: many missing models through few pages of a list. What is worth
// reading is decided in batch-plan; what a list says is believed once it has proved equal to GetModel.
import type { Call } from '../domain/call.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Model } from '../domain/model.js';
import { asReadById } from '../pai/decode/model.js';
import type { ListQuery } from '../pai/list-query.js';
import { type BatchState, nextStep, unreadPages } from './batch-plan.js';
import type { Read } from './cached-reader.js';
import type { Access } from './fetcher.js';
import type { KnownLists } from './known-lists.js';
import { type ListProofParts, PROOFS, proveList } from './list-proof.js';
import type { CapMemory } from './page-cap.js';
import { isShareable, judgePage } from './page-plan.js';

export interface ListBatchingParts extends ListProofParts {
  readonly known: KnownLists;
  readonly cap: CapMemory;
  readonly quotaLeft: (call: Call) => BatchState['quotaLeft'];
  readonly readPage: (
    list: ListQuery,
    page: PageNumber,
    access: Access,
    call: Call,
  ) => Promise<Read<Page<Model>> | null | Error>;
  /** Lists are wrong about these: a cache must not go on saying it. */
  readonly bar: (ids: readonly string[], access: Access) => void;
}

export interface ListBatching {
  /** Of the missing ids those that pages brought; calls made ≤ ids brought + 1. */
  carry(
    ids: readonly string[],
    access: Access,
    call: Call,
  ): Promise<ReadonlyMap<string, Read<Model>>>;
  /** How so many missing ids would be read just now; null: one by one. Nothing is asked. */
  foresee(missing: number, access: Access, call: Call): ForeseenBatch | null;
}

export interface ForeseenBatch {
  readonly pages: number;
  /** Models that are read by id as well. */
  readonly proofs: number;
}

type Progress = Pick<BatchState, 'missing' | 'found' | 'pagesRead'>;

interface NextPage extends ForeseenBatch {
  readonly list: ListQuery;
  readonly page: PageNumber;
}

/** How far one batch has come. */
interface Sheet {
  readonly missing: Set<string>;
  readonly carried: Map<string, Read<Model>>;
  pagesRead: number;
  found: number;
}

export function createListBatching(parts: ListBatchingParts): ListBatching {
  return {
    async carry(ids, access, call) {
      const sheet: Sheet = { missing: new Set(ids), carried: new Map(), pagesRead: 0, found: 0 };
      let goesOn = true;
      while (goesOn) {
        const { missing, found, pagesRead } = sheet;
        const next = nextPage(parts, { missing: missing.size, found, pagesRead }, access, call);
        goesOn = next !== null && (await takePage(parts, sheet, next, access, call));
      }
      const { pagesRead: pages, found } = sheet;
      if (pages > 0) parts.report({ type: 'list_batch', wanted: ids.length, found, pages });
      return sheet.carried;
    },
    foresee(missing, access, call) {
      const next = nextPage(parts, { missing, found: 0, pagesRead: 0 }, access, call);
      return next && { pages: next.pages, proofs: next.proofs };
    },
  };
}

/** null: the rest is read one by one. */
function nextPage(
  { known, trust, cap, quotaLeft }: ListBatchingParts,
  progress: Progress,
  { scopeId }: Access,
  call: Call,
): NextPage | null {
  const { budget, wish } = call;
  const trusted = trust.of(scopeId);
  if (trusted === 'mismatched') return null;
  const pageSize = cap.current.max;
  const lists = known.of(scopeId, pageSize, !wish.noCache);
  const proofs = trusted === 'trusted' ? 0 : PROOFS;
  const budgetLeft = budget.left;
  const step = nextStep({
    ...progress,
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

/** False: the list is not to be believed, or could not be asked. */
async function takePage(
  parts: ListBatchingParts,
  sheet: Sheet,
  { list, page }: NextPage,
  access: Access,
  call: Call,
): Promise<boolean> {
  const { cap, known, trust } = parts;
  // What is served stale elsewhere would pass for a new answer here.
  const fresh = { ...call, wish: { ...call.wish, maxStaleSeconds: 0 } };
  const answer = await parts.readPage(list, page, access, fresh);
  sheet.pagesRead += 1;
  if (answer === null || answer instanceof Error) return false;
  const { items, total } = answer.value;
  learnCap(cap, page, items.length, total);
  known.note(access.scopeId, list, { ...page, size: cap.current.max }, total);
  const models = items.filter((item) => item !== null).map(asReadById);
  const wanted = models.filter(({ id }) => sheet.missing.has(id));
  for (const read of await proveList(wanted, parts, access, call)) take(sheet, read);
  const trusted = trust.of(access.scopeId);
  // What came with this page has been kept already.
  if (trusted === 'mismatched') {
    const ids = models.map(({ id }) => id).filter((id) => !sheet.carried.has(id));
    parts.bar(ids, access);
  }
  if (trusted !== 'trusted') return false;
  for (const value of wanted) {
    if (take(sheet, { value, meta: answer.meta })) sheet.found += 1;
  }
  return true;
}

/** False: it is there already. */
function take({ missing, carried }: Sheet, read: Read<Model>): boolean {
  if (!missing.delete(read.value.id)) return false;
  carried.set(read.value.id, read);
  return true;
}

/** PAI cuts pages in silence. Which rows a page means does not matter here, only how many it holds. */
function learnCap(cap: CapMemory, page: PageNumber, rows: number, total: number | null): void {
  const verdict = judgePage(page, rows, total, cap.current);
  if (verdict.kind !== 'unclear' && isShareable(verdict.cap)) cap.current = verdict.cap;
}
