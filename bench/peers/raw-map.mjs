// The cost of memory alone: node:http that reads a request whole, finds the text of its model among many, and sends it.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { ready } from './listen.mjs';

const count = Number(process.env.PEER_MODELS);

const answers = new Map(
  Array.from({ length: count }, (_, index) => {
    const id = `model-bench${String(index).padStart(6, '0')}`;
    const fields = { name: `Sentiment ${id}`, task: 'text-classification', provider: 'pai' };
    const model = { id, ...fields, createdAt: '2023-01-30T12:51:33.028Z' };
    return [id, JSON.stringify({ data: { model } })];
  }),
);

const server = createServer(async (req, res) => {
  const { id } = JSON.parse(await text(req)).variables;
  const answer = answers.get(id);
  res.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': answer.length,
  });
  res.end(answer);
});
server.listen(0, '127.0.0.1', () => ready(server.address().port));
