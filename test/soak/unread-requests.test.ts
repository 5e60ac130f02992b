// A client that pipelines requests on one connection and reads no answer fills no memory, whichever route it asks.
import { expect, test } from 'vitest';
import { numberedModels, range } from '../graphql/numbered-registry.js';
import { converse } from '../security/raw-socket.js';
import { heapAfterCollection } from '../support/heap.js';
import { get, last, read, request, sendAhead } from '../support/pipelined.js';
import { withApp } from '../support/with-app.js';

const MB = 1024 * 1024;
const withText = () => ({ model: { ModelDescription: 'x'.repeat(100) } });

const LARGE = `query Large { models(first: 100) { nodes { raw meta { source } ${range(0, 45)
  .map((index) => `a${index}: raw`)
  .join(' ')} } } }`;

const ROUTES: [string, string, Record<string, string>][] = [
  ['/', get('/'), {}],
  ['/, compressed', get('/').replace('\r\n\r\n', '\r\nAccept-Encoding: gzip\r\n\r\n'), {}],
  ['/schema.graphql', get('/schema.graphql'), {}],
  ['/subgraph.graphql', get('/subgraph.graphql'), {}],
  ['/metrics', get('/metrics'), {}],
  ['/healthz', get('/healthz'), {}],
  ['/readyz', get('/readyz'), {}],
  ['a path that is not served', get('/nothing'), {}],
  ['a request without its Host', 'GET / HTTP/1.1\r\n\r\n', {}],
  ['/graphql with a wrong body', request([]), {}],
  ['/graphql, a small answer', read(0), {}],
  ['/graphql, a large answer from memory', request({ query: LARGE.replace(/meta .*?}/, '') }), {}],
  [
    '/graphql, a large answer made anew each time',
    request({ query: LARGE }),
    { RESPONSE_CACHE: 'off', COMPILED_OPERATIONS: 'off' },
  ],
];

// One connection that went on sending requests and read nothing held 5.4 GB.
test.each(ROUTES)(
  '1,600 or more responses that are never read do not fill the memory: %s',
  async (_, sent, env) => {
    const models = numberedModels(100, withText);
    await using app = await withApp({ env, sandbox: { models } });
    // What is made once and kept is there before it is measured.
    for (let round = 0; round < 4; round += 1) await converse(app.url, last(sent));
    const before = heapAfterCollection() + process.memoryUsage().external;
    const count = Math.max(1600, Math.ceil((8 * MB) / sent.length));
    const sockets = range(0, 2).map(() => sendAhead(app, sent.repeat(count)));
    let most = 0;
    for (let round = 0; round < 10; round += 1) {
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
      const now = heapAfterCollection() + process.memoryUsage().external;
      most = Math.max(most, now - before);
    }
    // Else they would hold up the end of the app.
    for (const socket of sockets) socket.destroy();
    expect(most).toBeLessThan(20 * MB);
  },
);
