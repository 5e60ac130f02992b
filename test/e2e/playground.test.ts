import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from '../http/raw-request.js';
import { describeWith } from '../support/programs.js';
import { startTestApp } from '../support/with-app.js';

interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly url: string;
  /** All the browser asked for, and all that went wrong in it. */
  readonly requests: string[];
  readonly problems: string[];
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

describeWith('chromium', 'the playground in a browser', (executablePath) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: QUIET });
  });
  afterAll(() => browser.close());

  async function visit(): Promise<Visit> {
    const app = await startTestApp({});
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const requests: string[] = [];
    const problems: string[] = [];
    context.on('request', (request) => requests.push(request.url()));
    context.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
    context.on('weberror', (error) => problems.push(`thrown: ${error.error().message}`));
    context.on('console', (message) => {
      if (message.type() !== 'log') problems.push(`${message.type()}: ${message.text()}`);
    });
    await context.addInitScript(WATCH_POLICY);
    const page = await context.newPage();
    await page.goto(app.url);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    return {
      page,
      url: app.url,
      requests,
      problems,
      async [Symbol.asyncDispose]() {
        await context.close();
        await app.close();
      },
    };
  }

  async function openTab(page: Page, name: string): Promise<void> {
    const button = page.getByRole('button', { name, exact: true });
    const selected = page.locator('[role=tab][aria-selected=true]', { has: button });
    // GraphiQL takes the first press on its second tab for a drag, and the click is lost.
    for (let attempt = 0; attempt < 2 && (await selected.count()) === 0; attempt += 1) {
      await button.click();
      await selected.waitFor({ timeout: 1000 }).catch(() => {});
    }
    expect(await selected.count()).toBe(1);
    // It learns the operation's name a moment later, together with the address.
    await page.waitForURL(
      (url) => url.searchParams.get('query')?.includes(`query ${name}`) ?? false,
    );
  }

  test('opens with a tab for each sample, and the documentation beside them', async () => {
    await using open = await visit();
    const tabs = open.page.getByRole('tab');
    expect(await tabs.allInnerTexts()).toEqual([
      'OneModel',
      'ManyModels',
      'Raw',
      'WhatWouldThisCost',
    ]);
    expect(await open.page.title()).toBe('pai-model-graph');

    const docs = open.page.getByLabel('Documentation Explorer', { exact: true });
    await docs.getByRole('link', { name: 'Model', exact: true }).click();
    const description = 'A model in the PAI model registry (PAI GetModel, ListModels).';
    await docs.getByText(description).waitFor();
    await docs.getByText('The name to show, in any language').waitFor();
    expect(open.problems).toEqual([]);
  });

  test('runs each sample, asks no other host and breaks no rule of its policy', async () => {
    await using open = await visit();
    const answers: Record<string, unknown>[] = [];
    for (const name of ['OneModel', 'ManyModels', 'Raw']) {
      if (name !== 'OneModel') await openTab(open.page, name);
      const answered = open.page.waitForResponse(
        (response) => response.request().postData()?.includes(`query ${name}`) ?? false,
      );
      await open.page.getByLabel('Execute query (Ctrl-Enter)').click();
      answers.push(await (await answered).json());
      await open.page.locator('.graphiql-response').getByText('情感分析').first().waitFor();
    }
    const model = { name: '情感分析' };
    expect(answers).toMatchObject([
      {
        data: { model: { ...model, latestVersion: { versionName: '0.1.0' } } },
        extensions: { upstream: { calls: 1 } },
      },
      // The first has been read a moment ago.
      { data: { modelsByIds: [model, null, model] }, extensions: { upstream: { calls: 1 } } },
      { data: { model: { raw: { ModelName: '情感分析' }, meta: { source: 'CACHE' } } } },
    ]);
    for (const answer of answers) expect(answer).not.toHaveProperty('errors');

    expect(open.requests.length).toBeGreaterThan(4);
    for (const asked of open.requests) {
      expect(new URL(asked.replace(/^blob:/, '')).origin).toBe(open.url);
    }
    expect(open.problems).toEqual([]);
  });

  test('explains the cost of a sample, without a call', async () => {
    await using open = await visit();
    await openTab(open.page, 'WhatWouldThisCost');
    const answered = open.page.waitForResponse(
      (response) => response.request().postData()?.includes('query WhatWouldThisCost') ?? false,
    );
    await open.page.getByLabel('Execute query (Ctrl-Enter)').click();
    const { data, extensions } = await (await answered).json();
    expect(data).toBeNull();
    expect(extensions).toMatchObject({ explain: { expected: 13 }, upstream: { calls: 0 } });
    await open.page.locator('.graphiql-response').getByText('"EXPLAINED"').waitFor();
    expect(open.problems).toEqual([]);
  });
});

describe('the page', () => {
  test('is HTML for any Accept header, with a policy that lets nothing else run', async () => {
    const app = await startTestApp({});
    for (const accept of ['text/html', '*/*', 'application/json', 'image/png', '']) {
      const { status, headers, body } = await rawRequest(app.url, { headers: { accept } });
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(body).toMatch(/^\s*<!doctype html>/i);
      const policy = String(headers['content-security-policy']);
      expect(policy.split('; ').sort()).toEqual([
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        'font-src data:',
        "form-action 'none'",
        "frame-ancestors 'none'",
        'img-src data:',
        expect.stringMatching(/^script-src 'sha256-[A-Za-z0-9+/]{43}='$/),
        "style-src 'unsafe-inline'",
        'worker-src blob:',
      ]);
    }
    await app.close();
  });

  test('is compressed only for clients that accept it', async () => {
    const app = await startTestApp({});
    const encodingFor = async (accepted: string | undefined) => {
      const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
      const answer = await rawRequest(app.url, { method: 'HEAD', headers });
      expect(answer.headers.vary).toBe('Accept-Encoding');
      return answer.headers['content-encoding'];
    };
    for (const accepted of ['gzip', 'gzip, deflate, br', 'GZIP;q=0.5', '*', 'br;q=1, gzip;q=0.1']) {
      expect([accepted, await encodingFor(accepted)]).toEqual([accepted, 'gzip']);
    }
    const refused = [
      undefined,
      '',
      'identity',
      'br',
      'gzip;q=0',
      'gzip;q=0, *',
      '*;q=0',
      'gzipped',
    ];
    for (const accepted of refused) {
      expect([accepted, await encodingFor(accepted)]).toEqual([accepted, undefined]);
    }

    const plain = await fetch(app.url, { headers: { 'accept-encoding': 'identity' } });
    const zipped = await fetch(app.url, { headers: { 'accept-encoding': 'gzip' } });
    // fetch has unzipped it.
    expect(await zipped.text()).toBe(await plain.text());
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(3_000_000);
    await app.close();
  });

  test('is 304 to a browser that has it, in any coding', async () => {
    const app = await startTestApp({});
    const ask = (headers: Record<string, string>, method = 'GET') =>
      rawRequest(app.url, { method, headers });
    const { etag = '' } = (await ask({}, 'HEAD')).headers;
    expect(etag).toMatch(/^W\/"/);
    for (const accepted of ['gzip', 'identity']) {
      const known = { 'accept-encoding': accepted, 'if-none-match': `"x", ${etag}` };
      for (const method of ['GET', 'HEAD']) {
        const { status, headers, body } = await ask(known, method);
        expect([status, body, headers.etag, headers.vary]).toEqual([
          304,
          '',
          etag,
          'Accept-Encoding',
        ]);
        expect(headers).not.toHaveProperty('content-encoding');
      }
      const other = await ask({ ...known, 'if-none-match': '"x"' }, 'HEAD');
      expect([other.status, other.headers.etag]).toEqual([200, etag]);
    }
    await app.close();
  });

  test('answers HEAD like GET, without the body', async () => {
    const app = await startTestApp({});
    const head = await rawRequest(app.url, { method: 'HEAD' });
    const got = await rawRequest(app.url);
    await app.close();
    expect(head.status).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(got.body)));
  });

  test('is off in production unless PLAYGROUND=true, and off everywhere with false', async () => {
    const production = { NODE_ENV: 'production', AUTH: 'none', SANDBOX: 'true' };
    const table: [Record<string, string>, number][] = [
      [production, 404],
      [{ ...production, PLAYGROUND: 'true' }, 200],
      [{ ...production, PLAYGROUND: 'false' }, 404],
      [{ PLAYGROUND: 'false' }, 404],
      [{}, 200],
    ];
    for (const [env, status] of table) {
      const app = await startTestApp(env);
      const response = await fetch(app.url, { method: 'HEAD' });
      await app.close();
      expect([env, response.status]).toEqual([env, status]);
    }
  });
});
