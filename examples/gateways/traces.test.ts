// One trace from Apollo Gateway, with its own spans, to the attempt at PAI.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from '../../test/support/otlp-receiver';
import { type Federation, startFederation } from './federation';

const IDS = { POST: 'model-rbvg5wzljzks92', GET: 'model-18sw5uynt4y9rs' };

let collector: OtlpReceiver;
let federation: Federation;
beforeAll(async () => {
  collector = await startOtlpReceiver();
  federation = await startFederation({ collector: collector.url });
});
afterAll(async () => {
  await federation[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
});

/** The names of the span and of those above it, up to the root. */
function pathOf(span: ReceivedSpan | undefined): string[] {
  if (span === undefined) return [];
  const parent = collector.spans.find(({ spanId }) => spanId === span.parentId);
  return [...pathOf(parent), span.name];
}

const GATEWAY = ['gateway.request', 'gateway.execute', 'gateway.fetch'];
const ATTEMPT = 'GET /api/v1/models/{ModelId}';

test.each(['POST', 'GET'] as const)(
  'a %s to the gateway is one trace down to the attempt, and without an attempt when it is hot',
  async (method) => {
    const send = (name: string) => {
      const query = `query ${name} { model(id: "${IDS[method]}") { name } }`;
      return method === 'GET'
        ? federation.get('Apollo Gateway', query)
        : federation.query('Apollo Gateway', { query });
    };
    for (const name of [`Cold${method}`, `Hot${method}`]) {
      const { errors } = await send(name);
      expect(errors).toEqual([]);
      // The gateway gives its operations names of its own.
      const [operation] = await collector.named(`query ${name}__models__0`);
      await expect.poll(() => pathOf(operation)).toEqual([...GATEWAY, `query ${name}__models__0`]);
      const attempts = collector.spans.filter(
        ({ kind, traceId }) => kind === 'CLIENT' && traceId === operation?.traceId,
      );
      const isCold = name.startsWith('Cold');
      expect(attempts.map(pathOf)).toEqual(
        isCold ? [[...GATEWAY, `query ${name}__models__0`, ATTEMPT]] : [],
      );
    }
  },
);
