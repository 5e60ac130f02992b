// Takes the pictures of README.md, docs/playground.md and docs/catalog.md from servers that it starts with sample models. It
// needs Chromium, a font for Chinese, the packages of examples/, and the ports 4000 and 5173.
import { execFileSync, spawn } from 'node:child_process';
import { on } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const PLAYGROUND = {
  script: ['--import', 'tsx', pathOf('src/main.ts')],
  ready: /GraphQL at (http:\/\/[^/]+)/,
};
const CATALOG = { script: [pathOf('examples/catalog/start.mjs')], ready: /^Catalog at (\S+)/ };
/** A model with 8 versions. */
const MODEL_WITH_SCORES = 'model-40wvuj01115q8k';
/** An address that no token needs to be verified with. */
const AUTH = {
  AUTH: 'jwt',
  JWT_JWKS: 'https://issuer.example/jwks',
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'pai-model-graph',
};

if (execFileSync('fc-list', [':lang=zh']).length === 0) {
  process.stderr.write('There is no font for Chinese: apt-get install -y fonts-wqy-microhei\n');
  process.exit(1);
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await withServer(PLAYGROUND, { PORT: '0' }, (address) =>
    takePicture('playground.png', [1440, 820], address, showListWithPrice),
  );
  await withServer(PLAYGROUND, { PORT: '0' }, (address) =>
    takePicture('playground-phone.png', [390, 844], address, showListWithPrice),
  );
  await withServer(PLAYGROUND, { ...AUTH, PORT: '0' }, (address) =>
    takePicture('playground-access.png', [1440, 400], address, waitForKeyField),
  );
  await withServer(CATALOG, {}, async (address) => {
    await takePicture('catalog.png', [1440, 900], `${address}?domain=nlp`, waitForModels);
    const model = `${address}?model=${MODEL_WITH_SCORES}`;
    await takePicture('catalog-model.png', [1440, 900], model, waitForChart);
  });
} finally {
  await browser.close();
}

/** `use` gets the address that the server prints when it is ready. */
async function withServer({ script, ready }, env, use) {
  const server = spawn(process.execPath, script, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const [line] of on(createInterface(server.stdout), 'line')) {
      const [, address] = ready.exec(line) ?? [];
      if (address !== undefined) return await use(address);
    }
  } finally {
    server.kill();
  }
}

async function takePicture(name, [width, height], address, prepare) {
  const viewport = { width, height };
  const context = await browser.newContext({ viewport, colorScheme: 'light' });
  try {
    const page = await context.newPage();
    await page.goto(address);
    await prepare(page);
    // Until the fonts and colors are as they stay.
    await page.waitForTimeout(1000);
    await page.screenshot({ path: pathOf(`docs/${name}`) });
  } finally {
    await context.close();
  }
}

async function showListWithPrice(page) {
  await waitForEditor(page);
  await page.getByRole('button', { name: 'FilteredList', exact: true }).click();
  await page.getByRole('button', { name: 'Price', exact: true }).click();
  await page.getByRole('table').waitFor();
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.locator('.result-window').getByText('"data"').waitFor();
}

async function waitForKeyField(page) {
  await waitForEditor(page);
  await page.getByLabel('API key or token').waitFor();
}

async function waitForEditor(page) {
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
}

async function waitForModels(page) {
  await page.getByRole('status').getByText('models').waitFor();
}

async function waitForChart(page) {
  await page.locator('.recharts-line').first().waitFor();
}
