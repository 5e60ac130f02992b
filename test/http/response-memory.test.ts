// The bytes of responses are counted over the process; one more than there is room for is refused.
import { expect, test, vi } from 'vitest';
import { createHttpMemory } from '../../src/http/response-bounds.js';
import { send, sendJson } from '../../src/http/send-response.js';
import type { HttpListener } from '../../src/http/server.js';
import { get, openServer } from './open-server.js';

const MB = 1024 * 1024;
const shared = Buffer.alloc(40 * MB);

const BODIES: Record<string, () => string | Buffer> = {
  '/own': () => 'x'.repeat(20 * MB),
  '/shared': () => shared,
};

const listener: HttpListener = ({ url = '' }, res, bounds) => {
  const to = { res, head: {}, ...bounds };
  const body = BODIES[url]?.();
  if (body === undefined) sendJson(to, 200, { small: true });
  else send(to, { status: 200, headers: {}, body });
};

test('a response beyond the memory of the process is refused in words, and those before it stand', async () => {
  const refused = vi.fn();
  const memory = createHttpMemory(16 * MB, refused, 0);
  await using server = await openServer({ listener, memory });
  const reader = server.connect();
  reader.socket.write(get('/own'));
  await vi.waitFor(() => expect(memory.responses.heldBytes()).toBe(20 * MB));

  const busy = await fetch(`${server.url}/own`);
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await busy.json()).toEqual({
    errors: [
      {
        message: 'The server is busy sending other responses; try again later.',
        extensions: { code: 'RATE_LIMITED', retryAfterMs: 1000 },
      },
    ],
  });
  expect(refused.mock.calls).toEqual([[{ type: 'response_refused', bytes: 20 * MB }]]);
  // Small responses, and bytes that all responses share, take none of it.
  expect(await (await fetch(server.url)).json()).toEqual({ small: true });
  expect((await (await fetch(`${server.url}/shared`)).arrayBuffer()).byteLength).toBe(40 * MB);
  expect(memory.responses.heldBytes()).toBe(20 * MB);

  reader.socket.resume();
  await vi.waitFor(() => expect(memory.responses.heldBytes()).toBe(0), { timeout: 5000 });
  expect(reader.received()).toMatch(/^HTTP\/1\.1 200 /);
  expect((await fetch(`${server.url}/own`)).status).toBe(200);
});

test('the bytes that a client has not read are released when it leaves', async () => {
  const memory = createHttpMemory(16 * MB, () => {}, 0);
  await using server = await openServer({ listener, memory });
  const { socket } = server.connect();
  socket.write(get('/own'));
  await vi.waitFor(() => expect(memory.responses.heldBytes()).toBe(20 * MB));
  socket.destroy();
  await vi.waitFor(() => expect(memory.responses.heldBytes()).toBe(0));
});
