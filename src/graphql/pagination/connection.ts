// A Relay connection over a list: reads only the data that the selected fields need.
import type { GraphQLResolveInfo } from 'graphql';
import { largestPages, type PlanPages } from '../../catalog/paging/page-plan.js';
import {
  type Rows,
  readWindow,
  type WantedRows,
  type WindowReader,
} from '../../catalog/paging/read-window.js';
import type { Model, Workspace } from '../../domain/model.js';
import type { ListLoader } from '../page-loader.js';
import { selectedFields } from '../selection.js';
import { encodeCursor, type PageArguments, wantedRows } from './page-arguments.js';

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

export type EdgeOfModels = Edge<Model>;
export type EdgeOfWorkspaces = Edge<Workspace>;

export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number | null;
  /** Of the whole list, for fields that need more of it than this page. */
  readonly reader: WindowReader<T>;
}

export type ConnectionOfModels = Connection<Model>;

/** The arguments are checked for any selection; an empty selection reads nothing. */
export async function connect<T>(
  list: ListLoader<T>,
  args: PageArguments,
  info: GraphQLResolveInfo,
  nodeOf: (row: T) => T = (row) => row,
): Promise<Connection<T>> {
  const { reader } = list;
  const wanted = wantedRows(args, list.key);
  const selected = selectedFields(info);
  const need = neededOf(wanted, selected);
  const plan = planFor(selected);
  if (need === 'rows') return toConnection(await readWindow(reader, wanted, plan), list, nodeOf);
  const total = need === 'total' ? await totalOf(list, plan) : null;
  const start = wanted.from === 'start' ? wanted.start : (wanted.end ?? total ?? 0);
  const hasMore = total !== null && total > start;
  return toConnection({ rows: [], window: { start, end: start }, total, hasMore }, list, nodeOf);
}

/** The data that has to be read for the selected fields of a connection. */
export function neededOf(wanted: WantedRows, selected: ReadonlySet<string>) {
  const isEmpty =
    (wanted.end !== null && wanted.start >= wanted.end) ||
    (wanted.from === 'end' && wanted.count === 0);
  const hasRows = selected.has('edges') || selected.has('nodes') || selected.has('pageInfo');
  if (hasRows && !isEmpty) return 'rows';
  return selected.has('totalCount') || selected.has('pageInfo') ? 'total' : 'nothing';
}

/** A field that reads the first pages of the list, the largest there are. */
const SCANNED_BY = 'facets';

/** The pages that a connection is read from; undefined: the fewest and smallest. */
export function planFor(selected: ReadonlySet<string>): PlanPages | undefined {
  return selected.has(SCANNED_BY) ? largestPages : undefined;
}

async function totalOf<T>(list: ListLoader<T>, plan: PlanPages | undefined) {
  const { fetchPage, sizeMax } = list.reader;
  if (plan === undefined) return list.total();
  return (await fetchPage({ number: 1, size: sizeMax() })).total;
}

function toConnection<T>(
  { rows, window, total, hasMore }: Rows<T>,
  { key, reader }: ListLoader<T>,
  nodeOf: (row: T) => T,
): Connection<T> {
  const edges = rows.map(({ position, value }) => ({
    cursor: encodeCursor(position, key),
    node: nodeOf(value),
  }));
  // The cursors are of the window and not of its edges: paging passes a place whose item could not be read.
  const hasPlaces = window.end > window.start;
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: hasMore,
      hasPreviousPage: window.start > 0 && total !== 0,
      startCursor: hasPlaces ? encodeCursor(window.start, key) : null,
      endCursor: hasPlaces ? encodeCursor(window.end - 1, key) : null,
    },
    totalCount: total,
    reader,
  };
}
