// Suites that need Chromium: skipped by name where it is missing, failed where REQUIRE_PROGRAMS=1.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const REMEDY = 'needs Chromium (apt-get install -y chromium)';

export function describeInChromium(name: string, body: (open: () => Browser) => void): void {
  const executablePath = findChromium();
  if (executablePath !== undefined) {
    describe(name, () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
      });
      afterAll(() => browser.close());
      body(() => browser);
    });
  } else if (process.env.REQUIRE_PROGRAMS === '1') {
    test(`${name} — ${REMEDY}`, () => {
      throw new Error(`This suite ${REMEDY}, and REQUIRE_PROGRAMS=1 forbids to skip it.`);
    });
  } else {
    process.stderr.write(`SKIPPED: ${name} ${REMEDY}\n`);
    describe.skip(`${name} — SKIPPED: ${REMEDY}`, () => test('is skipped', () => {}));
  }
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
