// The limit: node:http that reads the request whole and answers bytes from memory. PUT sets the bytes.
import { createServer } from 'node:http';
import { ready } from './listen.mjs';

let answer = Buffer.from('{}');

function readWhole(req, onEnd) {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => onEnd(chunks));
}

const server = createServer((req, res) => {
  readWhole(req, (chunks) => {
    if (req.method === 'PUT') answer = Buffer.concat(chunks);
    res.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': answer.length,
    });
    res.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => ready(server.address().port));
