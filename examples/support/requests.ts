// The requests that a client sends, and the answers to them.
import { vi } from 'vitest';

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly upstreamCalls: string | null;
}

/** Filled from now on, until vitest restores its mocks. Requests say what a browser says of a page of the same origin. */
export function watchRequests(): Exchange[] {
  const exchanges: Exchange[] = [];
  const send = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    request.headers.set('sec-fetch-site', 'same-origin');
    const response = await send(request);
    exchanges.push({
      method: request.method,
      url: new URL(request.url),
      status: response.status,
      upstreamCalls: response.headers.get('x-upstream-calls'),
    });
    return response;
  });
  return exchanges;
}
