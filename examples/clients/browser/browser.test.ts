// Pages from another origin than the API, in Chromium.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEY, withApiKeys } from '../../support/api-keys';
import { describeInChromium } from '../../support/chromium';
import { type Pages, startPages } from '../../support/pages';
import { type Server, startServer } from '../../support/server';
import { type Visit, visit } from '../../support/visit';

const QUERY = '{ model(id: "model-rbvg5wzljzks92") { name } }';
const GET = `/graphql?query=${encodeURIComponent(QUERY)}`;

const preflights = ({ asked }: Visit) => asked.filter(({ method }) => method === 'OPTIONS');

/** Asks by the browser's own fetch. */
const ask = (page: Page, url: string, init: RequestInit = {}) =>
  page.evaluate(
    async ([url, init]) => {
      const response = await fetch(url, init);
      const header = (name: string) => response.headers.get(name);
      return {
        status: response.status,
        etag: header('etag'),
        calls: header('x-upstream-calls'),
        challenge: header('www-authenticate'),
        retryAfter: header('retry-after'),
        body: await response.json().catch(() => null),
      };
    },
    [url, init] as const,
  );

describeInChromium('a page from another origin', (browser) => {
  let pages: Pages;
  let server: Server;
  beforeAll(async () => {
    pages = await startPages();
    server = await startServer({ CORS_ORIGINS: pages.origin });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await pages[Symbol.asyncDispose]();
  });

  const open = (address = `${pages.origin}/empty`, { origin } = server) =>
    visit(browser(), address, origin);

  test.each([
    ['apollo', 'a preflight for each address', 3],
    ['urql', 'no preflight', 0],
    ['relay', 'one preflight', 1],
    ['tanstack-query', 'one preflight', 1],
  ])('shows two pages of models with %s, by %s', async (client, _, expected) => {
    await using opened = await open(await pages.add(client, server.origin));
    await opened.page.getByText(/^情感分析: 606056 downloads/).waitFor();
    await opened.page.getByText('More').click();
    await expect.poll(() => opened.page.getByRole('listitem').count()).toBe(20);
    expect(opened.problems).toEqual([]);
    expect(preflights(opened).map(({ path }) => path)).toHaveLength(expected);
  });

  test('an answer is asked for again by its ETag, and 304 stands for the same body', async () => {
    await using opened = await open();
    const first = await ask(opened.page, server.origin + GET);
    expect(first).toMatchObject({ status: 200, etag: expect.stringMatching(/^W\/".+"$/) });
    const second = await ask(opened.page, server.origin + GET, { cache: 'no-cache' });
    expect(second).toMatchObject({ status: 200, body: first.body });
    await expect.poll(() => opened.asked.map(({ status }) => status)).toEqual([200, 304]);
  });

  test('cache: "reload" asks PAI anew, without a preflight', async () => {
    await using opened = await open();
    const url = server.origin + GET;
    await ask(opened.page, url);
    const fresh = await ask(opened.page, url, { cache: 'reload' });
    expect(fresh.body.extensions.upstream).toMatchObject({ calls: 1, cached: 0 });
    expect(preflights(opened)).toEqual([]);
    const init = { headers: { 'cache-control': 'no-cache' } };
    expect((await ask(opened.page, url, init)).body.extensions.upstream.calls).toBe(1);
    expect(preflights(opened)).toHaveLength(1);
  });

  test('the refusal of a missing key can be read, with the way to ask', async () => {
    await using guarded = await startServer({ ...withApiKeys(), CORS_ORIGINS: pages.origin });
    await using opened = await open(undefined, guarded);
    const url = guarded.origin + GET;
    expect(await ask(opened.page, url)).toMatchObject({
      status: 401,
      challenge: 'ApiKey realm="pai-model-graph"',
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
    expect(await ask(opened.page, url, { headers: { 'x-api-key': API_KEY } })).toMatchObject({
      status: 200,
      body: { data: { model: { name: '情感分析' } } },
    });
  });

  test('requests with a key need a preflight for each address, so that POST needs one', async () => {
    await using guarded = await startServer({ ...withApiKeys(), CORS_ORIGINS: pages.origin });
    await using opened = await open(undefined, guarded);
    const headers = { 'content-type': 'application/json', 'x-api-key': API_KEY };
    const queries = [QUERY, '{ model(id: "model-64k0t6kbo4v6ut") { name } }'];
    for (const query of queries) {
      const url = `${guarded.origin}/graphql?query=${encodeURIComponent(query)}`;
      expect((await ask(opened.page, url, { headers })).status).toBe(200);
    }
    expect(preflights(opened)).toHaveLength(2);
    for (const query of queries) {
      const init = { method: 'POST', headers, body: JSON.stringify({ query }) };
      expect((await ask(opened.page, `${guarded.origin}/graphql`, init)).status).toBe(200);
    }
    expect(preflights(opened)).toHaveLength(3);
  });

  test('the pause after too many operations can be read', async () => {
    const limits = { OPERATIONS_PER_SECOND: '1', CORS_ORIGINS: pages.origin };
    await using slow = await startServer(limits);
    await using opened = await open(undefined, slow);
    const answers = [];
    for (let count = 0; count < 3; count += 1) {
      answers.push(await ask(opened.page, slow.origin + GET, { cache: 'no-store' }));
    }
    expect(answers.find(({ status }) => status === 429)).toMatchObject({
      retryAfter: '1',
      body: {
        errors: [{ extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } }],
      },
    });
  });
});
