// Lists as a client reads them, and their costs: answers, cursors, and the pages that PAI was asked for.
import { expect } from 'vitest';
import type { GraphqlAnswer, TestApp } from '../support/with-app.js';

export interface ConnectionAnswer {
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly nodes: readonly Row[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number | null;
}

interface Row {
  readonly id?: string;
  readonly versionName?: string;
}

export interface Arguments {
  readonly first?: number | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | undefined;
  readonly before?: string | null | undefined;
}

export const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

const VARIABLES = '$first: Int, $after: String, $last: Int, $before: String';
const ARGUMENTS = 'first: $first, after: $after, last: $last, before: $before';

export const MODELS = `query (${VARIABLES}, $filter: ModelFilter, $orderBy: ModelOrder) {
  models(filter: $filter, orderBy: $orderBy, ${ARGUMENTS}) {
    edges { cursor node { id } } nodes { id } totalCount ${PAGE_INFO}
  }
}`;

const VERSIONS = `query (${VARIABLES}, $id: ID!, $orderBy: ModelVersionOrder) {
  model(id: $id) {
    versions(orderBy: $orderBy, ${ARGUMENTS}) {
      edges { cursor node { versionName } } nodes { versionName } totalCount ${PAGE_INFO}
    }
  }
}`;

/** Everything of a list of models, which must not fail. */
export async function listModels(
  app: TestApp,
  args: Arguments & { filter?: unknown; orderBy?: unknown } = {},
): Promise<ConnectionAnswer> {
  return withoutErrors(await app.query(MODELS, { ...args })).models;
}

export async function listVersions(
  app: TestApp,
  id: string,
  args: Arguments & { orderBy?: unknown } = {},
): Promise<ConnectionAnswer> {
  return withoutErrors(await app.query(VERSIONS, { ...args, id })).model.versions;
}

export function withoutErrors({ data, errors }: GraphqlAnswer) {
  expect(errors).toEqual([]);
  return data;
}

/** The ids of models, or the names of versions, as edges and nodes agree on them. */
export function keysOf({ edges, nodes }: Pick<ConnectionAnswer, 'edges' | 'nodes'>): string[] {
  expect(edges.map(({ node }) => node)).toEqual(nodes);
  return nodes.map(({ id, versionName }) => id ?? versionName ?? '');
}

/** The cursor of the row at a position below 100, from a page of 100. */
export async function cursorOf(app: TestApp, position: number): Promise<string> {
  const { edges } = await listModels(app, { first: 100 });
  const cursor = edges[position]?.cursor;
  if (cursor === undefined) throw new Error(`There is no row ${position}.`);
  return cursor;
}

/** Each page PAI was asked for, as `number/size`, in the order it was asked. */
export function pagesAsked({ sandbox }: TestApp): string[] {
  return sandbox.requests.map(({ query }) => `${query.PageNumber}/${query.PageSize}`);
}

export function operationsAsked({ sandbox }: TestApp): string[] {
  return sandbox.requests.map(({ operation }) => operation);
}
