// Explains an operation and then runs it, with the requests that each of the two sends to PAI.
import { expect } from 'vitest';
import { VARIABLES } from './random-operation.js';
import type { GraphqlAnswer, TestApp } from './with-app.js';

const EXPLAIN = { 'x-upstream-explain': 'true' };

async function counted(app: TestApp, work: () => Promise<GraphqlAnswer>) {
  const before = app.sandbox.requests.length;
  const answer = await work();
  return { ...answer, sent: app.sandbox.requests.slice(before) };
}

export async function explainAndRun(
  app: TestApp,
  query: string,
  headers: Record<string, string>,
  variables: Record<string, unknown> = VARIABLES,
) {
  const explained = await counted(app, () =>
    app.query(query, variables, { ...headers, ...EXPLAIN }),
  );
  expect(explained).toMatchObject({ status: 200, data: null, sent: [] });
  expect(explained.errors.map(({ extensions }) => extensions.code)).toEqual(['EXPLAINED']);
  const ran = await counted(app, () => app.query(query, variables, headers));
  return { explain: explained.extensions.explain, ran };
}
