// The playground as its users have it: in Chromium, with what they see and press.
import { type Browser, chromium, type Page, type Request, type Response } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, jwtEnv, keyOf, keysEnv } from '../support/callers.js';
import { describeWith } from '../support/programs.js';
import { DOCUMENTED_ID, type TestApp, type TestAppOptions, withApp } from '../support/with-app.js';

interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly app: TestApp;
  /** All that the browser asked for, and all that went wrong in it. */
  readonly requests: Request[];
  readonly problems: string[];
}

interface VisitOptions extends TestAppOptions {
  readonly width?: number;
  /** Of the address, with the question mark. */
  readonly search?: string;
}

const WATCH_POLICY = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI));`;

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const MARKUP = `<img src=x onerror="document.title='run'"><b>bold</b>`;

describeWith('chromium', 'the playground in a browser', (executablePath) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: QUIET });
  });
  afterAll(() => browser.close());

  async function visit(options: VisitOptions = {}): Promise<Visit> {
    const { width = 1280, search = '' } = options;
    const app = await withApp(options);
    const context = await browser.newContext({ viewport: { width, height: 800 } });
    const requests: Request[] = [];
    const problems: string[] = [];
    context.on('request', (request) => requests.push(request));
    context.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
    context.on('weberror', (error) => problems.push(`thrown: ${error.error().message}`));
    context.on('console', (message) => {
      if (message.type() !== 'log') problems.push(`${message.type()}: ${message.text()}`);
    });
    await context.addInitScript(WATCH_POLICY);
    const page = await context.newPage();
    await page.goto(`${app.url}/${search}`);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    return {
      page,
      app,
      requests,
      problems,
      async [Symbol.asyncDispose]() {
        await context.close();
        await app[Symbol.asyncDispose]();
      },
    };
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const priceOf = (page: Page) => page.getByRole('region', { name: 'Price of the operation' });
  const costOf = (page: Page) => page.getByLabel('Cost of the last run');
  const answerOf = (page: Page) => page.locator('.result-window');
  const docsOf = (page: Page) => page.getByLabel('Documentation Explorer', { exact: true });

  const asksFor = (text: string) => (sent: Request | Response) =>
    ('request' in sent ? sent.request() : sent).postData()?.includes(text) ?? false;

  async function run(page: Page, name: string) {
    const answered = page.waitForResponse(asksFor(`query ${name}`));
    await button(page, 'Execute query (Ctrl-Enter)').click();
    const response = await answered;
    expect(response.status()).toBe(200);
    return response.json();
  }

  async function cellsOf(page: Page): Promise<string[][]> {
    const rows = await priceOf(page).locator('tbody tr').all();
    return Promise.all(rows.map((row) => row.locator('td').allInnerTexts()));
  }

  test('opens with a tab for each sample and the documentation of the schema that clients use', async () => {
    await using open = await visit();
    const { page, problems } = open;
    const tabs = await page.getByRole('tab').allInnerTexts();
    expect(tabs).toEqual(['OneModel', 'FilteredList', 'Facets', 'ManyModels', 'Raw']);
    expect(await page.title()).toBe('pai-model-graph');

    const docs = docsOf(page);
    await docs.getByRole('link', { name: 'Model', exact: true }).waitFor();
    const types = await docs.getByRole('link').allInnerTexts();
    expect(types.filter((name) => /^_|link__|federation/.test(name))).toEqual([]);
    await docs.getByRole('link', { name: 'Query', exact: true }).first().click();
    await docs.getByText('modelsByIds').waitFor();
    expect(await docs.getByText('_entities').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('runs each sample after the first click on its tab, asks no other host and breaks no rule of its policy', async () => {
    for (const name of ['OneModel', 'FilteredList', 'Facets', 'ManyModels', 'Raw']) {
      // A visit of its own: the click is the first on any tab.
      await using open = await visit();
      const { page, app, requests, problems } = open;
      await docsOf(page).getByRole('link', { name: 'Model', exact: true }).waitFor();
      if (name !== 'OneModel') await button(page, name).click();
      await page.locator('[role=tab][aria-selected=true]', { hasText: name }).waitFor();
      const answer = await run(page, name);
      expect(answer).not.toHaveProperty('errors');
      expect(answer.extensions.upstream.calls).toBeGreaterThan(0);
      await answerOf(page).getByText('"data"').waitFor();

      expect(requests.length).toBeGreaterThan(4);
      const origins = requests.map((sent) => new URL(sent.url().replace(/^blob:/, '')).origin);
      expect(new Set(origins)).toEqual(new Set([app.url]));
      expect(problems).toEqual([]);
    }
  });

  test('shows the price of the operation on the screen as a table, without a call', async () => {
    await using open = await visit();
    const { page, app, problems } = open;
    // Of the tab that it opens with, before anything else is pressed.
    await button(page, 'Price').click();
    await priceOf(page).getByText('1 PAI call expected now, 1 at most.').waitFor();
    expect(await cellsOf(page)).toEqual([
      ['GetModel', DOCUMENTED_ID, 'model', '1', 'UPSTREAM', 'not in the cache'],
    ]);

    await button(page, 'FilteredList').click();
    await priceOf(page).waitFor({ state: 'hidden' });
    await button(page, 'Price').click();
    await priceOf(page).getByText('4 PAI calls expected now').waitFor();
    expect(await priceOf(page).getByText('The budget is 250').count()).toBe(1);
    expect(await cellsOf(page)).toEqual([
      ['ListModels', 'page 1, 3 rows', 'models', '1', 'UPSTREAM', 'not in the cache'],
      [
        ...['ListModelVersions', '', 'models.nodes.versions', '3', 'UPSTREAM'],
        'depends on the result of models.nodes (one call per item)',
      ],
    ]);
    expect(app.sandbox.requests).toEqual([]);

    await button(page, 'Close the price').click();
    await priceOf(page).waitFor({ state: 'hidden' });
    expect(problems).toEqual([]);
  });

  test('opens with the query of its address, and says why an operation has no price', async () => {
    const search = `?query=${encodeURIComponent('query Wrong { nothing }')}`;
    await using open = await visit({ search });
    await button(open.page, 'Price').click();
    await priceOf(open.page).getByText('Cannot query field "nothing"').waitFor();
    expect(await priceOf(open.page).getByRole('table').count()).toBe(0);
    await button(open.page, 'OneModel').click();
    await priceOf(open.page).waitFor({ state: 'hidden' });
    await button(open.page, 'Price').click();
    await priceOf(open.page).getByText('1 PAI call expected').waitFor();
  });

  test('shows no price beside another operation, however late it comes', async () => {
    await using open = await visit();
    const { page } = open;
    await button(page, 'ManyModels').click();
    const other = page.locator('[role=tab][aria-selected=true]', { hasText: 'FilteredList' });
    await page.route('**/graphql', async (route) => {
      await other.waitFor();
      await route.continue();
    });
    const answered = page.waitForResponse(asksFor('"explain":true'));
    await button(page, 'Price').click();
    await button(page, 'FilteredList').click();
    await (await answered).finished();
    await page.waitForTimeout(200);
    expect(await priceOf(page).isVisible()).toBe(false);
  });

  test('shows no price where the server explains nothing', async () => {
    await using open = await visit({ env: { EXPLAIN: 'off' } });
    expect(await open.page.getByText('Price', { exact: true }).isVisible()).toBe(false);
    await run(open.page, 'OneModel');
    await costOf(open.page).getByText('1 PAI call').waitFor();
  });

  test('shows the cost of the last run under the answer', async () => {
    await using open = await visit();
    const { page, problems } = open;
    expect(await costOf(page).textContent()).toBe('No run yet.');
    await run(page, 'OneModel');
    await costOf(page).getByText('Last run: 1 PAI call (GetModel 1) · 0 from the cache').waitFor();
    await run(page, 'OneModel');
    await costOf(page).getByText('Last run: 0 PAI calls · 1 from the cache').waitFor();
    const [answer, cost] = [await answerOf(page).boundingBox(), await costOf(page).boundingBox()];
    if (answer === null || cost === null) throw new Error('They are not shown.');
    expect(cost.y).toBeGreaterThanOrEqual(answer.y + answer.height);
    expect(problems).toEqual([]);
  });

  test('lists the operations that were run in its history', async () => {
    await using open = await visit();
    await run(open.page, 'OneModel');
    await button(open.page, 'FilteredList').click();
    await run(open.page, 'FilteredList');
    await button(open.page, 'Show History').click();
    const entries = open.page.locator('.graphiql-history-item-label');
    await entries.first().waitFor();
    // GraphiQL may list an operation more than once.
    expect([...new Set(await entries.allInnerTexts())]).toEqual(['FilteredList', 'OneModel']);
  });

  const storedBy = (page: Page, store: 'localStorage' | 'sessionStorage') =>
    page.evaluate<string>(`JSON.stringify({ ...${store} })`);

  /** Chromium reports each 401 itself, and a worker whose page is loaded anew while it starts. */
  const unexpected = (problems: string[]) =>
    problems.filter((problem) => !/\b401\b|^failed: blob:/.test(problem));

  test('asks for an API key where the server wants one, and keeps it in the tab alone', async () => {
    await using keys = await aFile(apiKeys({ left: null }));
    await using open = await visit({ env: keysEnv(keys) });
    const { page, requests, problems } = open;
    const field = page.getByLabel('API key or token');
    await field.waitFor();
    expect(await page.getByText('Error fetching schema').count()).toBe(0);

    await field.fill('wrong');
    await button(page, 'Use it').click();
    await page.getByText('The server does not accept this key.').waitFor();

    await field.fill(keyOf('left'));
    await button(page, 'Use it').click();
    await docsOf(page).getByRole('link', { name: 'Model', exact: true }).waitFor();
    expect(await field.isVisible()).toBe(false);
    await run(page, 'OneModel');
    const sent = requests.findLast(asksFor('query OneModel'));
    expect(await sent?.headerValue('x-api-key')).toBe(keyOf('left'));
    await button(page, 'Price').click();
    await priceOf(page).getByText('0 PAI calls expected now').waitFor();

    expect(await storedBy(page, 'sessionStorage')).toContain(keyOf('left'));
    expect(await storedBy(page, 'localStorage')).not.toContain(keyOf('left'));
    expect(page.url()).not.toContain(keyOf('left'));
    await page.reload();
    await docsOf(page).getByRole('link', { name: 'Model', exact: true }).waitFor();

    await button(page, 'Forget it').click();
    expect(await storedBy(page, 'sessionStorage')).not.toContain(keyOf('left'));
    await button(page, 'Execute query (Ctrl-Enter)').click();
    await field.waitFor();
    expect(unexpected(problems)).toEqual([]);
  });

  test('sends a token as a token, also where the server takes keys, too', async () => {
    await using keys = await aFile(apiKeys({ left: null }));
    const env = (sandbox: Sandbox) => ({
      ...{ ...jwtEnv(sandbox), ...keysEnv(keys) },
      AUTH: 'api-key,jwt',
    });
    await using open = await visit({ env });
    const { page, app, requests, problems } = open;
    const token = app.sandbox.mintToken({ sub: 'ann' });
    await page.getByLabel('API key or token').fill(token);
    await button(page, 'Use it').click();
    await docsOf(page).getByRole('link', { name: 'Model', exact: true }).waitFor();
    await run(page, 'OneModel');
    const last = requests.findLast(asksFor('query OneModel'));
    expect(await last?.headerValue('authorization')).toBe(`Bearer ${token}`);
    expect(await last?.headerValue('x-api-key')).toBeNull();
    expect(unexpected(problems)).toEqual([]);
  });

  test('fits a screen of 390 pixels, with Run and the price in reach', async () => {
    await using open = await visit({ width: 390 });
    const { page, problems } = open;
    for (const name of ['Execute query (Ctrl-Enter)', 'Price']) {
      const box = await button(page, name).boundingBox();
      if (box === null) throw new Error(`${name} is not shown.`);
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(390);
      expect(box.y + box.height).toBeLessThanOrEqual(800);
      expect(box.height).toBeGreaterThanOrEqual(30);
    }
    await button(page, 'FilteredList').click();
    await button(page, 'Price').click();
    await priceOf(page).getByText('4 PAI calls expected now').waitFor();
    await run(page, 'FilteredList');
    await answerOf(page).getByText('"data"').waitFor();
    await costOf(page).getByText('Last run: 4 PAI calls').waitFor();
    const widthOf = () => page.evaluate<number>('document.documentElement.scrollWidth');
    expect(await widthOf()).toBe(390);

    await button(page, 'Show Documentation Explorer').click();
    await docsOf(page).getByRole('link', { name: 'Model', exact: true }).waitFor();
    expect(await widthOf()).toBe(390);
    await button(page, 'Hide Documentation Explorer').click();
    await button(page, 'Execute query (Ctrl-Enter)').click();
    expect(problems).toEqual([]);
  });

  test('shows markup in an answer as the text that it is', async () => {
    const model = { ModelId: DOCUMENTED_ID, ModelName: MARKUP, ModelDescription: MARKUP };
    await using open = await visit({ sandbox: { models: [{ model, versions: [] }] } });
    const { page, problems } = open;
    expect((await run(page, 'OneModel')).data.model.name).toBe(MARKUP);
    await answerOf(page).getByText('<b>bold</b>').first().waitFor();
    await expectNoMarkup(page);
    expect(problems).toEqual([]);
  });

  test('shows markup in a price and in a cost as the text that it is', async () => {
    await using open = await visit();
    const { page, problems } = open;
    const texts = { operation: MARKUP, id: MARKUP, path: [MARKUP], from: MARKUP, reason: MARKUP };
    const sums = { expected: 1, worstCase: 1, budget: 1, allowed: true, quotaLeft: 1 };
    const upstream = { calls: 1, cached: 0, byOperation: { [MARKUP]: 1 } };
    const extensions = { explain: { calls: [{ ...texts, count: 1 }], ...sums }, upstream };
    await page.route('**/graphql', (route) => route.fulfill({ json: { data: null, extensions } }));
    await button(page, 'Price').click();
    await priceOf(page).getByText('1 PAI call expected now').waitFor();
    expect(await cellsOf(page)).toEqual([[MARKUP, MARKUP, MARKUP, '1', MARKUP, MARKUP]]);
    await run(page, 'OneModel');
    await costOf(page).getByText(`1 PAI call (${MARKUP} 1)`).waitFor();
    await expectNoMarkup(page);
    expect(problems).toEqual([]);
  });

  async function expectNoMarkup(page: Page): Promise<void> {
    expect(await page.locator('b, img[src="x"]').count()).toBe(0);
    expect(await page.title()).toBe('pai-model-graph');
  }
});
