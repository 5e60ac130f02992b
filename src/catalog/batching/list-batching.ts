// The batch fetch that PAI does not have: many missing models through few pages of a list. batch-plan decides which
// pages are worth reading; a list is trusted once its models have proved equal to those of GetModel.
import type { Cache } from '../../cache/cache.js';
import type { Scope } from '../../cache/entry.js';
import { isRead, type Outcome } from '../../cache/read-through.js';
import type { Call, QuotaState } from '../../domain/call.js';
import { askedBy } from '../../domain/caller.js';
import type { Report, UpstreamOperation } from '../../domain/events.js';
import type { Page, PageNumber } from '../../domain/list.js';
import type { Model } from '../../domain/model.js';
import type { ListQuery } from '../../pai/request.js';
import type { PageCaps } from '../paging/page-cap.js';
import { judgePage } from '../paging/page-plan.js';
import type { Readers } from '../readers.js';
import { nextStep, unreadPages } from './batch-plan.js';
import type { KnownLists } from './known-lists.js';
import { type ListTrust, PROOFS, storeModels } from './list-trust.js';

interface ListBatchingOptions {
  readonly readers: Pick<Readers, 'models' | 'modelPages'>;
  readonly known: KnownLists;
  readonly trust: ListTrust;
  readonly pageCaps: PageCaps;
  readonly cache: Cache;
  readonly quota: (operation: UpstreamOperation, call: Call) => QuotaState;
  readonly report: Report;
  readonly now: () => number;
}

export interface EstimatedBatch {
  readonly pages: number;
  /** Models that are read by id as well. */
  readonly proofs: number;
}

interface NextPage extends EstimatedBatch {
  readonly list: ListQuery;
  readonly page: PageNumber;
}

/** The state of one batch. */
class Batch {
  readonly settled = new Map<string, Outcome<Model>>();
  readonly pagesRead: (PageNumber & { readonly list: string })[] = [];
  /** Models found on pages, without those that were also read by id. */
  found = 0;
}

export class ListBatching {
  readonly #options: ListBatchingOptions;

  constructor(options: ListBatchingOptions) {
    this.#options = options;
  }

  /** The missing ids that it settled; calls made ≤ ids settled + 1. */
  async batchFetch(
    ids: readonly string[],
    scope: Scope,
    call: Call,
  ): Promise<ReadonlyMap<string, Outcome<Model>>> {
    const missing = new Set(ids);
    const batch = new Batch();
    const { settled, pagesRead } = batch;
    let goesOn = true;
    while (goesOn) {
      const next = this.#nextPage(missing.size - settled.size, batch, scope, call);
      goesOn = next !== null && (await this.#takePage(missing, batch, next, scope, call));
    }
    const pages = pagesRead.length;
    const { found } = batch;
    if (pages > 0)
      this.#options.report({
        type: 'list_batch',
        wanted: ids.length,
        found,
        pages,
        span: call.span,
      });
    return settled;
  }

  /** How this number of missing ids would be read now; null: one by one. Asks PAI nothing. */
  estimate(missing: number, scope: Scope, call: Call): EstimatedBatch | null {
    const next = this.#nextPage(missing, new Batch(), scope, call);
    return next && { pages: next.pages, proofs: next.proofs };
  }

  /** null: the rest is read one by one. */
  #nextPage(
    missing: number,
    { found, pagesRead }: Batch,
    scope: Scope,
    call: Call,
  ): NextPage | null {
    const { known, trust, pageCaps, quota } = this.#options;
    const trusted = trust.of(scope);
    if (trusted === 'mismatched') return null;
    const proofs = trusted === 'trusted' ? 0 : PROOFS;
    const pageSize = pageCaps.of('ListModels', call.caller);
    const lists = known.of(scope, pageSize, !call.cacheControl.noCache).map((list) => {
      const read = pagesRead.filter((page) => page.list === list.key && page.size === pageSize);
      const numbers = read.map(({ number }) => number);
      return { ...list, freshPages: new Set([...list.freshPages, ...numbers]) };
    });
    const step = nextStep({
      missing,
      found,
      pagesRead: pagesRead.length,
      lists,
      pageSize,
      proofs,
      budgetLeft: call.budget.left,
      quotaLeft: {
        ListModels: quota('ListModels', call).available,
        GetModel: quota('GetModel', call).available,
      },
    });
    const chosen = step.kind === 'page' ? lists.find(({ key }) => key === step.list) : undefined;
    if (step.kind !== 'page' || chosen === undefined) return null;
    const page = { number: step.number, size: pageSize };
    return { list: chosen.list, page, pages: unreadPages(chosen, pageSize).length, proofs };
  }

  /** False: the list is not trusted, or could not be read. */
  async #takePage(
    ids: ReadonlySet<string>,
    batch: Batch,
    { list, page }: NextPage,
    scope: Scope,
    call: Call,
  ): Promise<boolean> {
    const { readers, known, trust, cache, now } = this.#options;
    const { settled, pagesRead } = batch;
    const live = livePage(call, now);
    const [outcome = null] = await readers.modelPages.getMany([{ list, page }], scope, live);
    const size = isRead(outcome) ? sizeOf(page, outcome.value) : page.size;
    pagesRead.push({ number: page.number, size, list: list.key });
    if (!isRead(outcome)) return false;
    const { items, total } = outcome.value;
    const models = items.filter((item) => item !== null);
    const wanted = models.filter(({ id }) => ids.has(id) && !settled.has(id));
    const wasTrusted = trust.of(scope) === 'trusted';
    if (!wasTrusted) await this.#prove(wanted, settled, scope, call);
    const isTrusted = trust.of(scope) === 'trusted';
    const seen = { page: { ...page, size }, total, fetchedAt: outcome.fetchedAt };
    known.note(scope, list, { ...seen, isStored: isTrusted });
    if (!isTrusted) return false;
    // The page arrived before its list was proved.
    if (!wasTrusted) storeModels({ ...outcome, items }, scope, cache);
    for (const value of wanted) {
      if (settled.has(value.id)) continue;
      settled.set(value.id, { ...outcome, value });
      batch.found += 1;
    }
    return true;
  }

  /** Reads a few models by id, which settles them; afterwards `trust` knows whether the list is trusted. */
  async #prove(
    listed: readonly Model[],
    settled: Map<string, Outcome<Model>>,
    scope: Scope,
    call: Call,
  ): Promise<void> {
    const { readers, trust, report } = this.#options;
    const ids = listed.slice(0, PROOFS).map(({ id }) => id);
    // Read from PAI itself: the cache may hold the models as the list gave them.
    const live = { ...call, cacheControl: { ...call.cacheControl, noCache: true } };
    const outcomes = await readers.models.getMany(ids, scope, live);
    for (const [index, id] of ids.entries()) settled.set(id, outcomes[index] ?? null);
    // A page may show one model twice.
    const pairs = listed.flatMap((model) => {
      const byId = settled.get(model.id);
      return byId === undefined ? [] : [[model, byId] as const];
    });
    const mismatches = trust.judge(scope, pairs);
    if (mismatches > 0) report({ type: 'list_mismatch', models: mismatches, ...askedBy(call) });
  }
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
