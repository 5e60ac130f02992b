// A page in Chromium, with all that it asks of the API and all that its console says.
import type { Browser, Page, ViewportSize } from 'playwright-core';

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** As the network had it: a 304 that the browser answers from its cache is a 304. */
  readonly status: number | undefined;
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /**
   * Requests to the API. The browser reports a status apart from the response, sometimes after the
   * page has it: wait for it with `expect.poll`.
   */
  readonly asked: Asked[];
  readonly problems: string[];
}

export async function visit(
  browser: Browser,
  address: string,
  apiOrigin: string,
  viewport?: ViewportSize,
): Promise<Visit> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) problems.push(message.text());
  });
  // Playwright itself hides preflights.
  const session = await context.newCDPSession(page);
  const asked = new Map<string, { method: string; path: string }>();
  const statuses = new Map<string, number>();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const { origin, pathname, search } = new URL(request.url);
    if (origin !== apiOrigin) return;
    asked.set(requestId, { method: request.method, path: pathname + search });
  });
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    statuses.set(requestId, statusCode);
  });
  await session.send('Network.enable');
  await page.goto(address);
  return {
    page,
    get asked() {
      return [...asked].map(([id, request]) => ({ ...request, status: statuses.get(id) }));
    },
    problems,
    [Symbol.asyncDispose]: () => context.close(),
  };
}
