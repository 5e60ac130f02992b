// A PAI for the bench: answers any read at once or after a fixed time, and counts the calls. It verifies no signature,
// so that it is never what limits a server.
//   UPSTREAM_MODELS=2000 UPSTREAM_LATENCY_MS=0 node --import tsx bench/upstream.ts
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isKnown, modelIds, modelText, VERSION_NAMES, versionText } from './registry.js';

const SIZE = Number(process.env.UPSTREAM_MODELS ?? 2000);
const LATENCY_MS = Number(process.env.UPSTREAM_LATENCY_MS ?? 0);
const REQUEST_ID = '"RequestId":"5A14FA81-DD4E-4A5B-9C0D-6343FE44B941"';

const calls = new Map<string, number>();

interface Answer {
  readonly operation: string;
  readonly status: number;
  readonly text: string;
}

const missing = (operation: string, code: string): Answer => ({
  operation,
  status: 404,
  text: `{${REQUEST_ID},"Code":"${code}","Message":"There is no such thing."}`,
});

const found = (operation: string, objectText: string): Answer => ({
  operation,
  status: 200,
  text: `{${REQUEST_ID},${objectText.slice(1)}`,
});

function page<T>(items: readonly T[], query: URLSearchParams): readonly T[] {
  const number = Number(query.get('PageNumber') ?? 1);
  const size = Number(query.get('PageSize') ?? 10);
  return items.slice((number - 1) * size, number * size);
}

function list(operation: string, name: string, texts: readonly string[], total: number): Answer {
  return found(operation, `{"${name}":[${texts.join(',')}],"TotalCount":${total}}`);
}

const ALL_IDS = modelIds(SIZE);

function answer(path: string, query: URLSearchParams): Answer {
  const [, id, below, versionName] =
    /^\/api\/v1\/models(?:\/([^/]+)(?:\/(versions)(?:\/([^/]+))?)?)?$/
      .exec(path)
      ?.map((part) => part) ?? [undefined, '', '', ''];
  if (id === undefined) {
    return list('ListModels', 'Models', page(ALL_IDS, query).map(modelText), SIZE);
  }
  const isThere = isKnown(id, SIZE);
  if (below === undefined) {
    return isThere ? found('GetModel', modelText(id)) : missing('GetModel', '201900002');
  }
  if (versionName === undefined) {
    if (!isThere) return missing('ListModelVersions', '201900002');
    const texts = page(VERSION_NAMES, query).map((name) => versionText(id, name) ?? '');
    return list('ListModelVersions', 'Versions', texts, VERSION_NAMES.length);
  }
  const text = isThere ? versionText(id, versionName) : undefined;
  return text === undefined
    ? missing('GetModelVersion', '201900003')
    : found('GetModelVersion', text);
}

function send(res: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(text);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  res.end(body);
}

const server = createServer((req, res) => {
  const [path = '', search = ''] = (req.url ?? '').split('?');
  if (path === '/_calls') {
    send(res, 200, JSON.stringify(Object.fromEntries(calls)));
    return;
  }
  const { operation, status, text } = answer(path, new URLSearchParams(search));
  calls.set(operation, (calls.get(operation) ?? 0) + 1);
  if (LATENCY_MS === 0) send(res, status, text);
  else setTimeout(send, LATENCY_MS, res, status, text);
});
// A server that waits for its turn must find its sockets open.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`upstream at http://127.0.0.1:${port}\n`);
});
