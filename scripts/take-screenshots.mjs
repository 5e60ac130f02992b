// Takes docs/playground.png of a server that runs on the given URL. It needs Chromium and a font for Chinese.
import { chromium } from 'playwright-core';

const [url = 'http://127.0.0.1:4000'] = process.argv.slice(2);
const size = { width: 1440, height: 760 };
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({ viewport: size, colorScheme: 'light' });
  await page.goto(url);
  const run = page.getByRole('button', { name: /Execute query/ });
  await run.click();
  await page.locator('.result-window', { hasText: '"data"' }).waitFor();
  await page.screenshot({ path: new URL('../docs/playground.png', import.meta.url).pathname });
} finally {
  await browser.close();
}
