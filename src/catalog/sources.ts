// The readable things, by the questions that ask for them: one cached reader for each kind of thing, and the key under
// which each thing is kept.
import type { Call } from '../domain/call.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Model, ModelVersion } from '../domain/model.js';
import type { Fetched, PaiClient } from '../pai/client.js';
import type { ListQuery } from '../pai/list-query.js';
import { judgePage } from './paging/page-plan.js';
import {
  type BatchFetch,
  createCachedReader,
  type Read,
  type ReaderParts,
} from './reading/cached-reader.js';
import type { Access, Wanted } from './reading/fetcher.js';
import { type AnswerKind, MODEL, MODEL_PAGE, VERSION, VERSION_PAGE } from './reading/kinds.js';
import type { CacheStatus } from './reading/lookup.js';

export interface VersionKey {
  readonly modelId: string;
  readonly versionName: string;
}

export interface ListPage {
  readonly list: ListQuery;
  readonly page: PageNumber;
}

export interface VersionListPage extends ListPage {
  readonly modelId: string;
}

/** One kind of thing `T`, asked for with a `Q`. */
export interface Source<Q, T> {
  read(
    questions: readonly Q[],
    access: Access,
    call: Call,
    batchFetch?: BatchFetch<T>,
  ): Promise<(Read<T> | null | Error)[]>;
  /** The read, at once, where this process has it fresh; undefined: read it. */
  peek(question: Q, access: Access, call: Call): Read<T> | null | undefined;
  estimate(questions: readonly Q[], access: Access, call: Call): Promise<CacheStatus<T>[]>;
}

export interface Sources {
  readonly models: Source<string, Model>;
  readonly versions: Source<VersionKey, ModelVersion>;
  readonly modelPages: Source<ListPage, Page<Model>>;
  readonly versionPages: Source<VersionListPage, Page<ModelVersion>>;
}

export interface SourcesOptions extends ReaderParts {
  readonly client: PaiClient;
  /** Gets every page of models, for the models on it. */
  readonly onModelPage: (page: Fetched<Page<Model>>, access: Access) => void;
}

export function createSources({ client, onModelPage, ...parts }: SourcesOptions): Sources {
  function source<Q, T>(
    kind: AnswerKind<T>,
    toWanted: (question: Q) => Wanted<T>,
    onFetched?: (fetched: Fetched<T>, access: Access) => void,
  ): Source<Q, T> {
    const reader = createCachedReader(kind, parts, onFetched);
    return {
      read: (questions, ...rest) => reader.readMany(questions.map(toWanted), ...rest),
      peek: (question, ...rest) => reader.peek(toWanted(question).key, ...rest),
      estimate: (questions, ...rest) =>
        reader.estimate(
          questions.map((question) => toWanted(question).key),
          ...rest,
        ),
    };
  }

  return {
    models: source(MODEL, (id) => ({
      key: id,
      fetch: (context) => client.getModel(id, context),
    })),
    // Neither part contains a slash, so that keys never collide.
    versions: source(VERSION, ({ modelId, versionName }) => ({
      key: `${modelId}/${versionName}`,
      fetch: (context) => client.getVersion(modelId, versionName, context),
    })),
    modelPages: source(
      MODEL_PAGE,
      ({ list, page }) => ({
        key: pageKey(list, page),
        fetch: (context) => client.listModels(list, page, context),
        isKept: isOfItsRows(page),
      }),
      onModelPage,
    ),
    versionPages: source(VERSION_PAGE, ({ modelId, list, page }) => ({
      key: pageKey(list, page),
      fetch: (context) => client.listVersions(modelId, list, page, context),
      isKept: isOfItsRows(page),
    })),
  };
}

/** A page that PAI has cut begins elsewhere than its key says, and would make every later read plan again. */
function isOfItsRows(page: PageNumber) {
  return ({ items, total }: Page<unknown>) =>
    page.number === 1 || judgePage(page, items.length, total).kind !== 'cut';
}

function pageKey({ key }: ListQuery, { number, size }: PageNumber): string {
  return `${key}#${number}/${size}`;
}
