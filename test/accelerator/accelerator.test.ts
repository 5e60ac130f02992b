import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createAccelerator } from '../../src/accelerator/accelerator.js';
import { createScopes, type Scopes } from '../../src/catalog/scope.js';
import type { Config } from '../../src/config/config.js';
import { createUsage } from '../../src/domain/call.js';
import type { Caller } from '../../src/domain/caller.js';
import type { Context, CreateContext } from '../../src/graphql/context.js';
import type { Execute, GraphqlRequest } from '../../src/graphql/execute.js';
import { Pricing } from '../../src/graphql/pricing/pricing.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createTurns } from '../../src/graphql/turns.js';
import { staticCredentials } from '../../src/pai/credentials.js';
import { aGraphqlRequest } from '../support/graphql-request.js';

const PLACE = { namespace: null, region: null, endpoint: 'https://pai.example' };
const KEYS = { accessKeyId: 'id', accessKeySecret: 'secret' };
const schema = createSchema({ relayNode: true });
const QUERY = '{ model(id: "a") { id } }';

const callerOf = (name: string, workspaces: readonly string[] | null = null): Caller => ({
  name,
  lane: name,
  view: workspaces === null ? { kind: 'all' } : { kind: 'workspaces', ids: workspaces },
  own: null,
});

/** In front of an executor that reads one cache entry and counts its runs. */
function open(scopes: Scopes = createScopes(PLACE, staticCredentials(KEYS))) {
  const config = {
    responseCache: true,
    compiledOperations: false,
    memory: { responses: 1_000_000 },
  };
  const clock = { now: () => 0, monotonic: () => 0 };
  const accelerator = createAccelerator({ config: config as Config, clock, report() {} });
  let runs = 0;
  const createContext: CreateContext = () =>
    ({
      call: { usage: createUsage() },
      summary: { name: null, document: null },
    }) as unknown as Context;
  const execute: Execute = async (request, context = createContext(request)) => {
    const { call, summary } = context;
    runs += 1;
    call.usage.cached += 1;
    accelerator.onHit?.(call, { name: 'a', version: 1, freshUntil: 1000 });
    summary.document = parse(QUERY);
    const headers = { 'content-type': 'application/json', 'cache-control': 'private, max-age=1' };
    return { status: 200, headers, body: `{"data":${runs}}` };
  };
  const { getCached, accelerate } = accelerator.open({
    schema,
    pricing: new Pricing(schema, {
      limits: {} as never,
      callsPerOperation: 1,
      isListBatching: false,
      isExplainOn: true,
    }),
    turns: createTurns(),
    scopes,
    isCurrent: () => true,
  });
  const run = accelerate(execute, createContext);
  return {
    async ask(caller: Caller, sent: Partial<GraphqlRequest> = {}) {
      const request = aGraphqlRequest({ ...POST, ...sent, caller });
      const lookup = getCached?.(request);
      if (lookup?.kind === 'hit') return lookup.response.body.toString();
      const cacheKey = lookup?.cacheKey ?? null;
      return (await run({ ...request, cacheKey })).body.toString();
    },
  };
}

const POST: Partial<GraphqlRequest> = {
  text: JSON.stringify({ query: QUERY }),
  body: { query: QUERY },
};

const SEARCH = `?${new URLSearchParams({ query: QUERY })}`;
const GET: Partial<GraphqlRequest> = {
  ...{ method: 'GET', text: SEARCH, search: SEARCH, body: null },
  headers: { 'apollo-require-preflight': '1' },
};

test('callers of another scope or other workspaces, and other requests, have responses of their own', async () => {
  const { ask } = open();
  const view = { kind: 'caller', role: 'r', issuer: 'i', subject: 's' } as const;
  const callers = [
    callerOf('a'),
    { ...callerOf('a'), view, own: { credentials: staticCredentials(KEYS), account: '' } },
    callerOf('a', []),
    callerOf('a', ['1']),
    callerOf('a', ['1', '2']),
  ];
  const requests: Partial<GraphqlRequest>[] = [
    POST,
    { text: '{ "query": "{ model }" }' },
    { mediaType: 'application/graphql-response+json' },
    { coding: 'gzip' },
    GET,
  ];
  const answers = new Set<string>();
  for (const caller of callers) {
    for (const request of requests) {
      const first = await ask(caller, request);
      answers.add(first);
      expect(await ask(caller, request)).toBe(first);
    }
  }
  expect(answers.size).toBe(25);
});

test('a caller whose access has to be obtained gets no cached response, and does not wait', async () => {
  const { ask } = open({ known: () => null, of: () => new Promise<never>(() => {}) });
  const first = await ask(callerOf('a'));
  expect(await ask(callerOf('a'))).not.toBe(first);
});
