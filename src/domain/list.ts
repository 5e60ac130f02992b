// The query for a list, in this program's words, and one page of the answer.
import { AppError } from './errors.js';

/** The limit of every list argument except the references of a gateway. */
export const MAX_LIST_ITEMS = 100;

/** Throws BAD_USER_INPUT that names the argument. */
export function refuseLongList(
  argument: string,
  items: readonly unknown[] | null | undefined,
): void {
  const length = items?.length ?? 0;
  if (length <= MAX_LIST_ITEMS) return;
  const message = `${argument}: at most ${MAX_LIST_ITEMS} items are allowed, got ${length}.`;
  throw new AppError('BAD_USER_INPUT', message);
}

/** A field that is absent or null does not filter. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | null };

export type ModelFilter = Optional<{
  workspaceId: string;
  /** Exactly. */
  name: string;
  nameContains: string;
  query: string;
  label: string;
  provider: string;
  domain: string;
  task: string;
  origin: string;
  type: string;
  tags: readonly TagFilter[];
  collections: readonly string[];
  conditions: readonly ModelCondition[];
}>;

interface TagFilter {
  readonly key: string;
  readonly value?: string | null;
}

interface ModelCondition {
  readonly column: string;
  readonly operator: string;
  readonly value: string;
}

export type VersionFilter = Optional<{
  versionName: string;
  formatType: string;
  frameworkType: string;
  sourceType: string;
  sourceId: string;
  label: string;
  approvalStatus: 'PENDING' | 'APPROVED' | 'REJECTED' | 'UNRECOGNIZED';
}>;

export interface ListOrder {
  readonly field: 'CREATED_AT';
  readonly direction: 'ASC' | 'DESC';
}

export const NEWEST_FIRST: ListOrder = { field: 'CREATED_AT', direction: 'DESC' };

export interface PageNumber {
  /** Counted from 1. */
  readonly number: number;
  readonly size: number;
}

export interface Page<T> {
  /** The items as PAI sent them; null stands for an item that could not be read, so that positions stay right. */
  readonly items: readonly (T | null)[];
  /** Items on all pages. null: PAI did not say. */
  readonly total: number | null;
}
