// Takes the pictures of README.md and docs/playground.md from servers that it starts with sample models. It needs
// Chromium and a font for Chinese.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const DOCS = new URL('../docs/', import.meta.url);
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
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
  await takePicture('playground.png', { width: 1440, height: 820 }, {}, showListWithPrice);
  await takePicture('playground-phone.png', { width: 390, height: 844 }, {}, showListWithPrice);
  await takePicture('playground-access.png', { width: 1440, height: 400 }, AUTH, waitForKeyField);
} finally {
  await browser.close();
}

async function takePicture(name, viewport, env, prepare) {
  const server = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const context = await browser.newContext({ viewport, colorScheme: 'light' });
  try {
    const [line] = await once(createInterface(server.stdout), 'line');
    const page = await context.newPage();
    await page.goto(/http:\/\/[^/]+/.exec(line)[0]);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    await prepare(page);
    // Until the fonts and colors are as they stay.
    await page.waitForTimeout(1000);
    await page.screenshot({ path: fileURLToPath(new URL(name, DOCS)) });
  } finally {
    await context.close();
    server.kill();
  }
}

async function showListWithPrice(page) {
  await page.getByRole('button', { name: 'FilteredList', exact: true }).click();
  await page.getByRole('button', { name: 'Price', exact: true }).click();
  await page.getByRole('table').waitFor();
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.locator('.result-window').getByText('"data"').waitFor();
}

async function waitForKeyField(page) {
  await page.getByLabel('API key or token').waitFor();
}
