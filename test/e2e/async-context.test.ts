import { AsyncLocalStorage } from 'node:async_hooks';
import { IncomingMessage, Server } from 'node:http';
import { expect, test, vi } from 'vitest';
import { converse } from '../security/raw-socket.js';
import { last } from '../support/pipelined.js';
import { DOCUMENTED_ID, withApp } from '../support/with-app.js';

const traces = new AsyncLocalStorage<string | string[] | undefined>();

/** As tracers do: each request is handled in a context of its own, named by its header. */
function traceRequests() {
  const emit: (...args: never[]) => boolean = Server.prototype.emit;
  return vi.spyOn(Server.prototype, 'emit').mockImplementation(function (
    this: Server,
    ...args: readonly unknown[]
  ) {
    const [, req] = args;
    const trace = req instanceof IncomingMessage ? req.headers['x-trace'] : undefined;
    return traces.run(trace, () => Reflect.apply(emit, this, args));
  });
}

const post = (trace: string, query: string) => {
  const body = JSON.stringify({ query });
  return [
    'POST /graphql HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `X-Trace: ${trace}`,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
};

test('the async context of a POST reaches its reads and its report, also behind another request', async () => {
  const spy = traceRequests();
  await using app = await withApp();
  const seen: [string, unknown][] = [];
  const { push } = app.events;
  app.events.push = (...events) => {
    for (const { type } of events) seen.push([type, traces.getStore()]);
    return push.apply(app.events, events);
  };
  const query = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
  await converse(app.url, post('first', query) + last(post('second', query)), { waitMs: 5000 });
  spy.mockRestore();
  const of = (wanted: string) => seen.filter(([type]) => type === wanted).map(([, trace]) => trace);
  expect(of('upstream_attempt')).toEqual(['first']);
  expect(of('read')).toEqual(['first', 'second']);
  expect(of('operation')).toEqual(['first', 'second']);
});
