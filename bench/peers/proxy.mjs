// The smallest possible server in between: it reads a request whole, asks the upstream by node's own client, or with
// --got by got's stream, unsigned, and answers five fields. It does not know GraphQL, only the document of S.
import { Agent, createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
import got from 'got';
import { ready } from './listen.mjs';
import { hasFlag, upstream } from './settings.mjs';

const agent = new Agent({ keepAlive: true });
const client = got.extend({ agent: { http: agent }, retry: { limit: 0 }, throwHttpErrors: false });

function readByNode(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => resolve(text(answer))).once('error', reject);
  });
}

const readUrl = hasFlag('got') ? (url) => text(client.stream(url)) : readByNode;
const read = (id) => readUrl(`${upstream}/api/v1/models/${id}`);

const server = createServer(async (req, res) => {
  const { id } = JSON.parse(await text(req)).variables;
  const { ModelId, ModelName, Task, Provider, GmtCreateTime } = JSON.parse(await read(id));
  const model = {
    id: ModelId,
    name: ModelName,
    task: Task,
    provider: Provider,
    createdAt: GmtCreateTime,
  };
  const body = Buffer.from(JSON.stringify({ data: { model } }));
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  res.end(body);
});
server.listen(0, '127.0.0.1', () => ready(server.address().port));
