// The catalog in Chromium, as `npm run catalog` serves it, with a sandbox whose faults and log the tests reach.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium';
import { type Program, startProgram } from '../support/program';
import { PROGRAM } from '../support/server';
import { type Visit, visit } from '../support/visit';

const READY = /^Catalog at (\S+)$/m;
const LIST_FAILS = { operation: 'ListModels', fault: { kind: 'error', status: 503, code: 'Down' } };

const WORKSPACES = ['AI Research', '算法平台', '行业方案'];

describeInChromium('the catalog', (browser) => {
  let sandbox: Program;
  let pai: string;
  let catalog: Catalog;

  beforeAll(async () => {
    const ready = /PAI sandbox at (\S+)/;
    sandbox = await startProgram([PROGRAM, 'sandbox'], ready, { env: { SANDBOX_PORT: '0' } });
    pai = ready.exec(sandbox.output)?.[1] ?? '';
    catalog = await startCatalog({ PAI_ENDPOINT: pai });
  });
  afterEach(() => setFaults());
  afterAll(async () => {
    await catalog?.[Symbol.asyncDispose]();
    await sandbox?.[Symbol.asyncDispose]();
  });

  const open = (search = '', { address, api } = catalog) =>
    visit(browser(), `${address}${search}`, api);
  const openOnPhone = (search = '') =>
    visit(browser(), `${catalog.address}${search}`, catalog.api, { width: 390, height: 844 });
  const setFaults = async (...rules: object[]) => {
    const body = JSON.stringify(rules);
    const { ok } = await fetch(`${pai}/_sandbox/faults`, { method: 'PUT', body });
    expect(ok).toBe(true);
  };
  const operations = async () => {
    const log: { operation: string }[] = await (await fetch(`${pai}/_sandbox/requests`)).json();
    return log.map(({ operation }) => operation);
  };

  test('the first view costs at most three calls of PAI', async () => {
    await using opened = await open();
    await cards(opened.page).first().waitFor();
    await opened.page.getByLabel('Checkpoint').waitFor();
    const workspaces = await cards(opened.page).locator('.workspace').allTextContents();
    expect(new Set(workspaces)).toEqual(new Set(WORKSPACES));
    expect(await operations()).toEqual(['ListModels', 'ListWorkspaces']);
    await opened.page.getByRole('status').getByText('53 models · 2 PAI calls').waitFor();
    expect(opened.problems).toEqual([]);
  });

  test('where the names of workspaces may not be read, their ids stand, and all else', async () => {
    await setFaults(
      { operation: 'ListWorkspaces', fault: { kind: 'error', status: 403, code: 'NoPermission' } },
      { operation: 'GetWorkspace', fault: { kind: 'error', status: 403, code: 'NoPermission' } },
    );
    await using guarded = await startCatalog({ PAI_ENDPOINT: pai });
    await using opened = await open('', guarded);
    await cards(opened.page).first().waitFor();
    const workspaces = await cards(opened.page).locator('.workspace').allTextContents();
    expect(workspaces.every((text) => /^\d+$/.test(text))).toBe(true);
    expect(await opened.page.getByRole('alert').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  test('a search asks once when its user pauses, and its address shows the same again', async () => {
    await using opened = await open();
    await cards(opened.page).first().waitFor();
    const before = posts(opened).length;
    await opened.page.getByRole('searchbox').pressSequentially('yolo', { delay: 20 });
    await opened.page.getByRole('status').getByText('1 model').waitFor();
    expect(await cards(opened.page).allTextContents()).toEqual([expect.stringContaining('yolov8')]);
    expect(posts(opened).length - before).toBe(1);
    expect(new URL(opened.page.url()).search).toBe('?query=yolo');
    await opened.page.reload();
    await opened.page.getByRole('status').getByText('1 model').waitFor();
    expect(opened.problems).toEqual([]);
  });

  test('Latin letters of a word that an input method composes are not searched', async () => {
    await using opened = await open();
    const { page } = opened;
    await cards(page).first().waitFor();
    await page.getByRole('searchbox').focus();
    const session = await page.context().newCDPSession(page);
    const letters = { text: 'qing gan', selectionStart: 8, selectionEnd: 8 };
    await session.send('Input.imeSetComposition', letters);
    await page.waitForTimeout(600);
    expect(new URL(page.url()).search).toBe('');
    await session.send('Input.insertText', { text: '情感' });
    await page.waitForURL(({ searchParams }) => searchParams.get('query') === '情感');
    await expect
      .poll(() => cards(page).allTextContents())
      .toContainEqual(expect.stringMatching(/^情感分析/));
    expect(opened.problems).toEqual([]);
  });

  test('a value of a facet narrows the list to its count, and back', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByLabel('Checkpoint').waitFor();
    for (const title of ['Domain', 'Origin', 'Type']) {
      const values = page.getByRole('group', { name: title }).getByRole('checkbox');
      for (let index = 0; index < (await values.count()); index += 1) {
        const value = values.nth(index);
        const [count] = /\d+$/.exec((await value.locator('..').textContent()) ?? '') ?? [];
        await value.press('Space');
        await page
          .getByRole('status')
          .getByText(new RegExp(`^${count} models? `))
          .waitFor();
        await expect.poll(() => page.locator('.facets').getAttribute('aria-busy')).toBe('false');
        // The value stays under the finger: the others are gone, and the focus is where it was.
        expect(await page.locator(':focus').isChecked()).toBe(true);
        await page.keyboard.press('Space');
        await page.getByRole('status').getByText('53 models').waitFor();
      }
    }
    expect(opened.problems).toEqual([]);
  });

  test('a list of facets shows the values beyond the first six when asked', async () => {
    await using opened = await open();
    const tasks = opened.page.getByRole('group', { name: 'Task' });
    await expect.poll(() => tasks.getByRole('checkbox').count()).toBe(6);
    await tasks.getByRole('button', { name: '21 more' }).click();
    await expect.poll(() => tasks.getByRole('checkbox').count()).toBe(27);
    expect(opened.problems).toEqual([]);
  });

  test('a search without results says so, and gives the way back', async () => {
    await using opened = await open('?query=nothing-like-this');
    await opened.page.getByText('No model matches').waitFor();
    await opened.page.getByRole('button', { name: 'Show all models' }).click();
    await opened.page.getByRole('status').getByText('53 models').waitFor();
    expect(await opened.page.getByRole('searchbox').inputValue()).toBe('');
    expect(opened.problems).toEqual([]);
  });

  test('More adds the next page, and each model is shown once', async () => {
    await using opened = await open();
    for (const count of [24, 48, 53]) {
      await expect.poll(() => cards(opened.page).count()).toBe(count);
      if (count < 53) await opened.page.getByRole('button', { name: 'More', exact: true }).click();
    }
    await expect
      .poll(() => opened.page.getByRole('button', { name: 'More', exact: true }).count())
      .toBe(0);
    const links = await cards(opened.page)
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(new Set(links).size).toBe(53);
    expect(opened.problems).toEqual([]);
  });

  test('an outage of PAI is shown, and another try shows the models', async () => {
    await setFaults(LIST_FAILS);
    await using opened = await open('?query=lora');
    const alert = opened.page.getByRole('alert');
    await alert.getByText('PAI does not answer at the moment.').waitFor();
    await setFaults();
    await alert.getByRole('button', { name: 'Try again' }).click();
    await opened.page
      .getByRole('status')
      .getByText(/^[1-9]\d* models? /)
      .waitFor();
    expect(await alert.count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  test('an outage while more is read leaves the models on the screen', async () => {
    await using uncached = await startCatalog({ PAI_ENDPOINT: pai, CACHE_TTL_SECONDS: '0' });
    await using opened = await open('', uncached);
    await expect.poll(() => cards(opened.page).count()).toBe(24);
    await setFaults(LIST_FAILS);
    await opened.page.getByRole('button', { name: 'More', exact: true }).click();
    await opened.page.getByRole('alert').getByText('More models could not be read').waitFor();
    expect(await cards(opened.page).count()).toBe(24);
    await setFaults();
    await opened.page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => cards(opened.page).count()).toBeGreaterThan(24);
    expect(opened.problems).toEqual([]);
  });

  test.each([
    ['a list', '?origin=ModelScope&type=LoRA', '.card:not(.skeleton)'],
    ['a model', '?model=model-40wvuj01115q8k', '.recharts-line'],
  ])('nothing on the screen moves when %s comes late', async (_, search, selector) => {
    await setFaults({ delayMs: 1500 });
    await using opened = await open(search);
    await opened.page.locator('.skeleton').first().waitFor();
    await opened.page.locator(selector).first().waitFor();
    expect(await layoutShift(opened.page)).toBeLessThan(0.01);
    expect(opened.problems).toEqual([]);
  });

  test('a keyboard reaches a model and the way back', async () => {
    await using opened = await open('?query=yolov8');
    await cards(opened.page).first().waitFor();
    const { keyboard } = opened.page;
    await opened.page.getByRole('searchbox').focus();
    await tabTo(opened.page, 'yolov8-warehouse');
    await keyboard.press('Enter');
    await opened.page.getByRole('heading', { name: 'yolov8-warehouse', level: 1 }).waitFor();
    await tabTo(opened.page, '← All models');
    await keyboard.press('Enter');
    await opened.page.getByRole('status').getByText('1 model').waitFor();
    expect(new URL(opened.page.url()).search).toBe('?query=yolov8');
    expect(opened.problems).toEqual([]);
  });

  test('a model has a chart for each metric, and its scores side by side', async () => {
    await using opened = await open('?model=model-17bb3kakz0mlsx');
    await opened.page.locator('.recharts-line').nth(2).waitFor();
    expect(await opened.page.getByRole('figure').count()).toBe(1);
    const rows = opened.page.getByRole('region', { name: 'Scores' }).getByRole('row');
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/^Metric\s+Dataset\s+0.2.1\s+0.2.0\s+0.1.0$/),
      expect.stringMatching(/^accuracy\s+datasets\/mmlu\s+0.6241\s/),
      expect.stringMatching(/^accuracy\s+datasets\/gsm8k\s+0.6614\s/),
      expect.stringMatching(/^accuracy\s+datasets\/ceval\s+0.6792\s/),
    ]);
    expect(await opened.page.title()).toBe('qwen2-7b-instruct · Model catalog');
    expect(opened.problems).toEqual([]);
  });

  test('a dataset that PAI knows is shown by its name', async () => {
    await using opened = await open('?model=model-64k0t6kbo4v6ut');
    const scores = opened.page.getByRole('region', { name: 'Scores' });
    await scores.getByRole('cell', { name: '中文语音识别-客服热线 评测集' }).first().waitFor();
    expect(opened.problems).toEqual([]);
  });

  test('a model that does not exist is named', async () => {
    await using opened = await open('?model=model-none');
    await opened.page.getByText('There is no model model-none').waitFor();
    expect(opened.problems).toEqual([]);
  });

  test('a phone has room for the list and for a model', async () => {
    for (const search of ['', '?model=model-64k0t6kbo4v6ut']) {
      await using opened = await openOnPhone(search);
      await opened.page.locator('.card:not(.skeleton), .recharts-line').first().waitFor();
      expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      expect(opened.problems).toEqual([]);
    }
  });

  test('a phone shows the filters when asked', async () => {
    await using opened = await openOnPhone();
    const checkpoint = opened.page.getByLabel('Checkpoint');
    await cards(opened.page).first().waitFor();
    expect(await checkpoint.isVisible()).toBe(false);
    await opened.page.getByText('Filters').click();
    await checkpoint.check();
    await opened.page.getByRole('status').getByText('43 models').waitFor();
    expect(await checkpoint.isVisible()).toBe(true);
    expect(opened.problems).toEqual([]);
  });
});

const cards = (page: Page) => page.getByRole('list').locator('.card:not(.skeleton)');

const posts = ({ asked }: Visit) => asked.filter(({ method }) => method === 'POST');

interface Catalog extends AsyncDisposable {
  readonly address: string;
  /** The origin of the API. */
  readonly api: string;
}

async function startCatalog(env: Record<string, string>): Promise<Catalog> {
  const port = String(await findFreePort());
  const program = await startProgram(['catalog/start.mjs'], READY, {
    env: {
      PORT: port,
      CATALOG_PORT: '0',
      LOG_LEVEL: 'warn',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret',
      ...env,
    },
  });
  return {
    address: READY.exec(program.output)?.[1] ?? '',
    api: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Presses Tab until the element with this text has the focus. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.locator(':focus').textContent()) === text) return;
  }
  throw new Error(`Tab did not reach ${text}.`);
}

/** How far the parts of the page moved without anybody’s doing, as browsers measure it; 0 is best. */
const layoutShift = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const shifts = list.getEntries() as (PerformanceEntry & { readonly value: number })[];
          resolve(shifts.reduce((sum, { value }) => sum + value, 0));
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => resolve(0), 200);
      }),
  );
