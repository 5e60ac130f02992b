// The least that a server in between can be: it reads a request whole, asks the upstream by node's own client, unsigned,
// and answers five fields. It knows no GraphQL: only the document of S.
import { Agent, createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { ready } from './listen.mjs';
import { upstream } from './settings.mjs';

const agent = new Agent({ keepAlive: true });

function read(id) {
  return new Promise((resolve, reject) => {
    get(`${upstream}/api/v1/models/${id}`, { agent }, (answer) => resolve(text(answer))).once(
      'error',
      reject,
    );
  });
}

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
