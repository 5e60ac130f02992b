import { expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/caller.js';
import { createAnswerMemo } from '../../../src/graphql/memo/answer-memo.js';
import { createPersistedQueryCache } from '../../../src/graphql/persisted-query-cache.js';
import { createFastPath } from '../../../src/http/operation/fast-path.js';
import { plainRequest } from '../../../src/http/operation/plain-request.js';
import { RequestText } from '../../../src/http/operation/request-text.js';

const MEMO = createAnswerMemo({ maxBytes: 1_000_000, isCurrent: () => true, now: Date.now });
const ORDINARY = {
  method: 'POST',
  headers: {},
  text: new RequestText('{}', false),
  cacheControl: { noCache: false, maxStaleSeconds: null },
  upstreamOptions: { budget: null, isExplain: false },
};

const caller = (view: string, workspaces: readonly string[] | null): Caller => ({
  ...{ name: view, lane: view, view, workspaces, own: null },
});

test('callers of different scopes or workspaces, and other requests, have other slots', async () => {
  const fastPath = createFastPath({
    memo: MEMO,
    runPrepared: null,
    persistedQueries: createPersistedQueryCache(1_000_000),
    catalog: { scopeOf: async (asking) => asking.caller.view, open: async () => {} },
    report: () => {},
    now: Date.now,
  });
  const requests = [
    ORDINARY,
    { ...ORDINARY, text: new RequestText('{"query":"{a}"}', true) },
    { ...ORDINARY, headers: { accept: 'application/graphql-response+json' } },
    { ...ORDINARY, method: 'GET', headers: { 'apollo-require-preflight': '1' } },
  ].flatMap((sent) => plainRequest(sent) ?? []);
  const callers = [caller('a', null), caller('b', null), caller('a', []), caller('a', ['1'])];
  const slots = requests.flatMap((request) =>
    callers.map((one) => fastPath.slotOf(request, { caller: one, requestId: 'r' })),
  );
  const keys = (await Promise.all(slots)).map(({ key }) => key);
  expect(new Set(keys).size).toBe(16);
  expect(keys).not.toContain(null);
});

test('a caller whose access is pending or denied has no slot', async () => {
  for (const scopeOf of [() => Promise.reject(new Error()), () => new Promise<string>(() => {})]) {
    const fastPath = createFastPath({
      ...{ memo: MEMO, runPrepared: null, report: () => {}, now: Date.now },
      persistedQueries: createPersistedQueryCache(1_000_000),
      catalog: { scopeOf, open: async () => {} },
    });
    const request = plainRequest(ORDINARY);
    const slot =
      request && (await fastPath.slotOf(request, { caller: caller('a', null), requestId: 'r' }));
    expect(slot?.key).toBeNull();
  }
});

test.each([
  [{ cacheControl: { noCache: true, maxStaleSeconds: null } }],
  [{ cacheControl: { noCache: false, maxStaleSeconds: 0 } }],
  [{ upstreamOptions: { budget: 3, isExplain: false } }],
  [{ upstreamOptions: { budget: null, isExplain: true } }],
  [{ headers: { 'apollo-federation-include-trace': 'ftv1' } }],
  [{ headers: { accept: 'text/html' } }],
  [{ headers: { accept: 'application/json; callbackSpec=1.0' } }],
  [{ method: 'GET' }],
  [{ method: 'GET', headers: { 'content-type': 'text/plain', 'apollo-require-preflight': '1' } }],
  [{ method: 'GET', headers: { 'apollo-require-preflight': '' } }],
  [{ method: 'PUT' }],
])('a request with %j is not plain', (unusual) => {
  expect(plainRequest({ ...ORDINARY, ...unusual })).toBeNull();
});
