// The upstream calls of one operation behind one server, as the upstream counts them.
import { type Child, type Launch, startChild } from '../child.js';
import { ask, post } from '../http-request.js';
import { countCalls } from '../measure.js';
import { SERVER_CORE, startUpstream } from '../row.js';
import type { Counted } from './operations.js';

export interface Counts {
  readonly cold: number;
  /** The calls of the same operation, sent again. */
  readonly warm: number;
  /** The answer's data, which shows whether servers did the same work. */
  readonly data: unknown;
}

export async function countOperation(
  operation: Counted,
  launch: (upstreamUrl: string) => Omit<Launch, 'core'>,
): Promise<Counts> {
  const upstream = await startUpstream({ UPSTREAM_MODELS: String(operation.models) });
  try {
    const server = await startChild({ ...launch(upstream.url), core: SERVER_CORE });
    try {
      if (operation.before) await ask(server.url, post(operation.before));
      const cold = await callsOf(operation, server, upstream);
      const warm = await callsOf(operation, server, upstream);
      return { cold: cold.calls, warm: warm.calls, data: cold.data };
    } finally {
      await server.stop();
    }
  } finally {
    await upstream.stop();
  }
}

async function callsOf({ query, variables, users }: Counted, server: Child, upstream: Child) {
  const before = await countCalls(upstream);
  const request = post({ query, variables });
  const texts = await Promise.all(Array.from({ length: users }, () => ask(server.url, request)));
  const [answer] = texts.map((text) => JSON.parse(text) as { data?: unknown; errors?: unknown });
  if (!answer?.data || answer.errors) throw new Error(`Not an answer: ${texts[0]}`);
  return { calls: (await countCalls(upstream)) - before, data: answer.data };
}
