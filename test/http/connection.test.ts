// The requests of one connection begin one at a time, and those that wait are bounded.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { MAX_WAITING } from '../../src/http/connections.js';
import { createHttpMemory } from '../../src/http/response-bounds.js';
import { sendJson } from '../../src/http/send-response.js';
import type { HttpListener } from '../../src/http/server.js';
import { statusesOf } from '../security/raw-socket.js';
import { get, openServer, post } from './open-server.js';

const MB = 1024 * 1024;
/** The most bytes that the kernel may give to one read of node. */
const READ_BYTES = 64 * 1024;

/** Keeps each response open until the test answers it. */
function heldResponses() {
  const begun: string[] = [];
  const open: ServerResponse[] = [];
  return {
    begun,
    listener({ url = '' }: IncomingMessage, res: ServerResponse) {
      begun.push(url);
      open.push(res);
    },
    answer: (body = '') => open.shift()?.end(body),
  };
}

/** Requests that node has parsed, and the bytes that it has read for them. */
function watchParser() {
  const seen = { requests: 0, bytesRead: 0 };
  const see = (message: unknown) => {
    seen.requests += 1;
    seen.bytesRead = (message as { socket: { bytesRead: number } }).socket.bytesRead;
  };
  subscribe('http.server.request.start', see);
  onTestFinished(() => void unsubscribe('http.server.request.start', see));
  return seen;
}

/** Long enough for all that a socket may still bring. */
async function untilStill(value: () => number): Promise<void> {
  for (let before = -1; before !== value(); ) {
    before = value();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

test('a request begins when every response before it is finished', async () => {
  const { begun, listener, answer } = heldResponses();
  await using server = await openServer({ listener });
  const { socket, received } = server.connect();
  socket.resume().write(get('/1') + get('/2') + get('/3'));
  await vi.waitFor(() => expect(begun).toEqual(['/1']));
  answer();
  await vi.waitFor(() => expect(begun).toEqual(['/1', '/2']));
  answer();
  await vi.waitFor(() => expect(begun).toEqual(['/1', '/2', '/3']));
  answer('last');
  await vi.waitFor(() => expect(received()).toMatch(/last$/));
  expect(statusesOf(received())).toEqual([200, 200, 200]);
});

test('a response that its client does not read keeps the next request waiting', async () => {
  const begun: string[] = [];
  const body = Buffer.alloc(16 * MB);
  const listener = ({ url = '' }: IncomingMessage, res: ServerResponse) => {
    begun.push(url);
    res.end(url === '/large' ? body : '');
  };
  await using server = await openServer({ listener });
  const { socket } = server.connect();
  socket.write(get('/large') + get('/next'));
  await vi.waitFor(() => expect(begun).toEqual(['/large']));
  await untilStill(() => begun.length);
  expect(begun).toEqual(['/large']);
  socket.resume();
  await vi.waitFor(() => expect(begun).toEqual(['/large', '/next']));
});

test.each([
  ['resets', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ['closes', (socket: { destroy(): void }) => socket.destroy()],
  ['half-closes', (socket: { end(): void }) => socket.end()],
])('requests that wait never begin when their client %s the connection', async (_, leave) => {
  const { begun, listener } = heldResponses();
  await using server = await openServer({ listener });
  const { socket } = server.connect();
  socket.write(get('/1') + post('/2', 'body') + get('/3'));
  await vi.waitFor(() => expect(begun).toEqual(['/1']));
  leave(socket);
  const startedAt = performance.now();
  // A connection with a request in flight would hold it up.
  await server.drain(10_000);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(begun).toEqual(['/1']);
});

test('requests behind a response that closes the connection never begin', async () => {
  const begun: string[] = [];
  const listener = ({ url = '' }: IncomingMessage, res: ServerResponse) => {
    begun.push(url);
    if (url === '/2') res.setHeader('Connection', 'close');
    res.end();
  };
  await using server = await openServer({ listener });
  const { socket, received } = server.connect();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume().write(['/1', '/2', '/3', '/4'].map(get).join(''));
  await closed;
  expect(begun).toEqual(['/1', '/2']);
  expect(statusesOf(received())).toEqual([200, 200]);
});

test('a connection is not read further while too many requests wait', async () => {
  const { begun, listener, answer } = heldResponses();
  await using server = await openServer({ listener });
  const parsed = watchParser();
  const { socket } = server.connect();
  socket.write(get('/').repeat((20 * MB) / get('/').length));
  await vi.waitFor(() => expect(begun).toHaveLength(1));
  await untilStill(() => parsed.requests);
  const inOneRead = READ_BYTES / get('/').length;
  expect(parsed.requests).toBeLessThan(MAX_WAITING + inOneRead + 1);
  // It goes on, no faster than requests are answered.
  socket.resume();
  for (let count = 1; count <= 2200; count += 1) {
    await vi.waitFor(() => expect(begun).toHaveLength(count), { interval: 1 });
    expect(parsed.requests).toBeLessThan(count + MAX_WAITING + inOneRead + 1);
    answer();
  }
});

// Node resumes a socket that has drained, also one that this program paused.
test('a connection is not read further while its client reads one large response after the other', async () => {
  let begun = 0;
  const body = Buffer.alloc(MB);
  const listener = (_: IncomingMessage, res: ServerResponse) => {
    begun += 1;
    res.end(body);
  };
  await using server = await openServer({ listener });
  const parsed = watchParser();
  let mostWaiting = 0;
  const { socket } = server.connect();
  socket.write(get('/').repeat((20 * MB) / get('/').length));
  socket.on('data', () => {
    mostWaiting = Math.max(mostWaiting, parsed.requests - begun);
  });
  socket.resume();
  await vi.waitFor(() => expect(begun).toBeGreaterThan(100), { timeout: 20_000 });
  expect(mostWaiting).toBeLessThan(MAX_WAITING + READ_BYTES / get('/').length + 1);
});

test.each([
  ['small', 100, 300],
  // A little more than the buffer of a request: node pauses within a read, and resumes.
  ['of 20 KB', 20_000, 300],
  ['of 60 KB', 60_000, 100],
  ['of a megabyte', MB, 8],
  ['of 20 MB', 20 * MB, 2],
])('bodies that wait are bounded and arrive whole: %s', async (_, length, count) => {
  const answers: (() => void)[] = [];
  const listener = (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    const end = () =>
      void answers.push(() => res.end(Buffer.concat(chunks).toString('latin1', 0, 8)));
    req.on('data', (chunk: Buffer) => void chunks.push(chunk)).once('end', end);
  };
  await using server = await openServer({ listener });
  const parsed = watchParser();
  const { socket, received } = server.connect();
  const bodies = Array.from({ length: count }, (_, index) =>
    `${index}`.padStart(8, '0').padEnd(length, 'x'),
  );
  socket.resume().write(bodies.map((body) => post('/', body)).join(''));
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  await untilStill(() => parsed.bytesRead);
  // The body of the first, those that wait, and what a read and node's own buffers bring on top.
  expect(parsed.bytesRead).toBeLessThan(length + MB + 3 * READ_BYTES);
  for (let at = 0; at < count; at += 1) {
    await vi.waitFor(() => expect(answers).toHaveLength(at + 1), { interval: 1 });
    answers[at]?.();
  }
  await vi.waitFor(() => expect(statusesOf(received())).toHaveLength(count));
  const wanted = bodies.map((body) => body.slice(0, 8));
  expect(received().match(/\d{8}(?=HTTP|$)/g)).toEqual(wanted);
});

test('a connection is cut when waiting requests take too much memory of the process', async () => {
  const { begun, listener, answer } = heldResponses();
  // A sixteenth: room for some 500 requests.
  const memory = createHttpMemory(0, () => {}, 16 * MB);
  await using server = await openServer({ listener, memory });
  const [patient, greedy] = [server.connect(), server.connect()];
  patient.socket.resume().write(get('/patient').repeat(2));
  await vi.waitFor(() => expect(begun).toHaveLength(1));
  const closed = new Promise((resolve) => greedy.socket.once('close', resolve));
  greedy.socket.resume().write(get('/greedy').repeat(1000));
  await closed;
  expect(server.events).toEqual([{ type: 'connection_cut', reason: 'too_many_waiting' }]);
  expect(memory.waitingRequests.heldBytes()).toBe(0);
  expect(begun.filter((url) => url === '/greedy')).toHaveLength(1);
  answer();
  await vi.waitFor(() => expect(begun).toHaveLength(3));
});

test('the bodies of waiting requests count, too', async () => {
  const { begun, listener } = heldResponses();
  const memory = createHttpMemory(0, () => {}, 16 * MB);
  await using server = await openServer({ listener, memory });
  const { socket } = server.connect();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume().write(post('/', 'x'.repeat(15_000)).repeat(MAX_WAITING + 8));
  await closed;
  expect(server.events).toEqual([{ type: 'connection_cut', reason: 'too_many_waiting' }]);
  expect(memory.waitingRequests.heldBytes()).toBe(0);
  expect(begun).toHaveLength(1);
});

test('one request that waits is never too many', async () => {
  const { begun, listener, answer } = heldResponses();
  const memory = createHttpMemory(0, () => {}, 16);
  await using server = await openServer({ listener, memory });
  const { socket } = server.connect();
  socket.resume().write(get('/').repeat(2));
  await vi.waitFor(() => expect(begun).toHaveLength(1));
  answer();
  await vi.waitFor(() => expect(begun).toHaveLength(2));
  expect(server.events).toEqual([]);
});

test('the client is told to continue with a body when its turn has come', async () => {
  const { begun, listener, answer } = heldResponses();
  await using server = await openServer({ listener });
  const { socket, received } = server.connect();
  const expecting = post('/2', '').replace('Length: 0', 'Length: 4\r\nExpect: 100-continue');
  socket.resume().write(get('/1') + expecting);
  await vi.waitFor(() => expect(begun).toEqual(['/1']));
  expect(received()).toBe('');
  answer('one');
  await vi.waitFor(() => expect(received()).toMatch(/one.*HTTP\/1\.1 100 Continue/s));
  expect(begun).toEqual(['/1', '/2']);
});

const request = fc.oneof(
  fc.constant((path: string) => get(path)),
  fc.constant((path: string) => get(path).replace('GET', 'HEAD')),
  fc.constant((path: string) => get(path).replace('\r\n\r\n', '\r\nExpect: miracles\r\n\r\n')),
  fc.nat(100_000).map((length) => (path: string) => post(path, 'b'.repeat(length))),
);
const parts = fc.array(fc.nat(), { maxLength: 5 });

test('responses come in the order of their requests, one begun at a time, in any pieces that they are sent in', async () => {
  const isLate = (url: string) => Number(url.slice(1)) % 3 === 0;
  let running = 0;
  let most = 0;
  const listener: HttpListener = ({ url = '' }, res, bounds) => {
    running += 1;
    most = Math.max(most, running);
    res.prependOnceListener('close', () => {
      running -= 1;
    });
    const reply = () => sendJson({ res, head: {}, ...bounds }, 200, { url });
    if (isLate(url)) setTimeout(reply, 1);
    else reply();
  };
  await using server = await openServer({ listener });
  const isInOrder = async (requests: ((path: string) => string)[], cuts: number[]) => {
    const sent = requests.map((make, index) => make(`/${index}`)).join('') + get('/last');
    const { socket, received } = server.connect();
    socket.resume();
    const places = cuts.map((cut) => cut % sent.length).sort((a, b) => a - b);
    for (const [index, at] of [0, ...places].entries()) {
      socket.write(sent.slice(at, places[index] ?? sent.length));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(received()).toMatch(/"\/last"/), { timeout: 5000, interval: 5 });
    socket.destroy();
    const bodies = [...received().matchAll(/"url":"\/(\w+)"/g)].map(([, path]) => path);
    const withBody = requests.flatMap((make, index) =>
      make('/').startsWith('HEAD') ? [] : [String(index)],
    );
    expect(bodies).toEqual([...withBody, 'last']);
    expect(statusesOf(received())).toHaveLength(requests.length + 1);
    expect(most).toBe(1);
  };
  const requests = fc.array(request, { maxLength: 20 });
  await fc.assert(fc.asyncProperty(requests, parts, isInOrder), { numRuns: 50 });
});
