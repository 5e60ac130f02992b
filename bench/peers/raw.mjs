// The limit: node:http that reads the request whole and answers bytes from memory. PUT sets the bytes;
// --headers adds those that every answer of this project's server carries.
import { createServer } from 'node:http';
import { ready } from './listen.mjs';

let answer = Buffer.from('{}');

const more = process.argv.includes('--headers')
  ? {
      'x-request-id': '0f5f5b12-5d55-4f44-aaaa-0123456789ab',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      vary: 'Authorization, X-Api-Key',
      'cache-control': 'private, max-age=3600',
    }
  : {};

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
      ...more,
    });
    res.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => ready(server.address().port));
