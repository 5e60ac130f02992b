// GET from browsers: pages of this origin and of listed ones may query; no other site can make a browser run anything.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from '../http/raw-request.js';
import { describeWith } from '../support/programs.js';
import { DOCUMENTED_ID, type TestApp, withApp } from '../support/with-app.js';

const LISTED = 'https://app.example.com';
const QUERY = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
const TARGET = `/graphql?${new URLSearchParams({ query: QUERY })}`;

type Sent = Record<string, string | string[]>;

describe('a GET', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await withApp({ env: { CORS_ORIGINS: LISTED } });
  });
  afterAll(() => app[Symbol.asyncDispose]());
  const statusOf = async (headers: Sent) =>
    (await rawRequest(app.url, { target: TARGET, headers })).status;

  test.each<[Sent]>([
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ origin: LISTED }],
    [{ origin: LISTED, 'sec-fetch-site': 'cross-site' }],
    [{ 'content-type': 'application/json' }],
    [{ 'content-type': 'Application/JSON; charset=utf-8' }],
    [{ 'apollo-require-preflight': '1' }],
    [{ 'x-apollo-operation-name': 'A', 'sec-fetch-site': 'cross-site' }],
  ])('runs with %j', async (headers) => {
    expect(await statusOf(headers)).toBe(200);
  });

  test.each<[Sent]>([
    [{}],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': '' }],
    [{ 'sec-fetch-site': 'Same-Origin' }],
    [{ 'sec-fetch-site': ['same-origin', 'cross-site'] }],
    [{ 'sec-fetch-site': ['cross-site', 'same-origin'] }],
    [{ 'sec-fetch-site': 'same-origin, none' }],
    [{ 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    [{ origin: 'null' }],
    [{ origin: '' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: `${LISTED}.evil.example` }],
    [{ origin: `${LISTED}/` }],
    [{ origin: [LISTED, 'https://evil.example'] }],
    [{ referer: `${LISTED}/page` }],
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'text/plain; application/json' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'apollo-require-preflight': '' }],
    [{ accept: 'image/*' }],
  ])('is refused with %j, in the requested type, and runs nothing', async (headers) => {
    const before = app.sandbox.requests.length;
    const type = 'application/graphql-response+json';
    const answer = await rawRequest(app.url, {
      target: TARGET,
      headers: { accept: type, ...headers },
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).errors).toMatchObject([
      { message: expect.stringMatching(/Cross-Site/), extensions: { code: 'BAD_REQUEST' } },
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(app.sandbox.requests).toHaveLength(before);
  });

  test('from an origin is refused where no origins are listed, also from "null"', async () => {
    await using closed = await withApp();
    for (const origin of ['null', LISTED, closed.url, '']) {
      const answer = await rawRequest(closed.url, { target: TARGET, headers: { origin } });
      expect([origin, answer.status]).toEqual([origin, 400]);
    }
    expect(closed.sandbox.requests).toEqual([]);
  });
});

/** A page of another site, which is another host on the same machine. */
async function startSite(html: (target: string) => string, target: () => string) {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(html(target()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
];

describeWith('chromium', 'in Chromium', (executablePath) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: QUIET });
  });
  afterAll(() => browser.close());

  const FIELD = `<input name=query value="${QUERY.replaceAll('"', '&quot;')}">`;
  test.each<[string, (url: string) => string]>([
    [
      'a form',
      (url) =>
        `<form action="${url}/graphql">${FIELD}</form><script>document.forms[0].submit()</script>`,
    ],
    [
      'a form that posts',
      (url) =>
        `<form method=post enctype=text/plain action="${url}${TARGET}">${FIELD}</form><script>document.forms[0].submit()</script>`,
    ],
    ['an image', (url) => `<img src="${url}${TARGET}">`],
    ['a script', (url) => `<script src="${url}${TARGET}"></script>`],
    ['a navigation', (url) => `<script>location = '${url}${TARGET}'</script>`],
    ['a frame', (url) => `<iframe src="${url}${TARGET}"></iframe>`],
    ['a style', (url) => `<link rel=stylesheet href="${url}${TARGET}">`],
    ['a fetch', (url) => `<script>fetch('${url}${TARGET}')</script>`],
    [
      'a fetch without CORS',
      (url) => `<script>fetch('${url}${TARGET}', { mode: 'no-cors' })</script>`,
    ],
  ])('%s of another site runs nothing', async (_, html) => {
    await using app = await withApp();
    await using site = await startSite(html, () => app.url);
    const page = await browser.newPage();
    // The browser shows some responses to no page, and tells of these as failures.
    const isOurs = (request: Request) => request.url().startsWith(app.url);
    const sent = Promise.race([
      page.waitForEvent('requestfinished', isOurs),
      page.waitForEvent('requestfailed', isOurs),
    ]);
    await page.goto(site.origin).catch(() => {});
    const response = await (await sent).response();
    if (response !== null) expect(response.status()).toBeGreaterThanOrEqual(400);
    await page.close();
    expect(app.sandbox.requests).toEqual([]);
    expect(app.events.filter(({ type }) => type === 'operation')).toEqual([]);
  });

  const ask = `(url) => fetch(url).then(async (response) => ({
    body: await response.json(),
    headers: ['etag', 'x-upstream-calls', 'x-request-id'].map((name) => response.headers.has(name)),
  }))`;

  test('a page of this origin queries by a plain fetch', async () => {
    await using app = await withApp();
    const page = await browser.newPage();
    // Other pages of this origin may not connect to anything.
    await page.goto(app.url);
    const { body } = await page.evaluate<{ body: unknown }>(`(${ask})('${app.url}${TARGET}')`);
    expect(body).toMatchObject({ data: { model: { name: '情感分析' } } });
    await page.close();
  });

  test('a page of a listed origin queries by a plain fetch, without a preflight, and reads the headers', async () => {
    let url = '';
    await using site = await startSite(
      () => '<p>',
      () => url,
    );
    await using app = await withApp({ env: { CORS_ORIGINS: site.origin } });
    url = app.url;
    const page = await browser.newPage();
    const methods: string[] = [];
    page.on('request', (request) => methods.push(request.method()));
    await page.goto(site.origin);
    const answer = await page.evaluate(`(${ask})('${app.url}${TARGET}')`);
    expect(answer).toMatchObject({
      body: { data: { model: { name: '情感分析' } } },
      headers: [true, true, true],
    });
    expect(methods).not.toContain('OPTIONS');
    await page.close();
  });

  test('an address that the user types is answered', async () => {
    await using app = await withApp();
    const page = await browser.newPage();
    const response = await page.goto(`${app.url}${TARGET}`);
    expect(response?.status()).toBe(200);
    await page.close();
  });
});
