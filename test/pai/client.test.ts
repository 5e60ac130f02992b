// Reads over a real socket from the sandbox: the conditions under which an answer is believed.
import { describe, expect, it } from 'vitest';
import { type Fault, SANDBOX_KEY, type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { createUsage } from '../../src/domain/call.js';
import type { Event } from '../../src/domain/events.js';
import { SYSTEM_CLOCK } from '../../src/lib/time.js';
import { createPaiClient } from '../../src/pai/client.js';
import { createPaiClock } from '../../src/pai/clock-skew.js';
import { staticCredentials } from '../../src/pai/credentials.js';
import type { Policy } from '../../src/pai/policy.js';
import { createTransport } from '../../src/pai/transport.js';
import { aFlight } from './quota/flight.js';
import { failureOf } from './upstream.js';

const ID = 'model-a';
const WIRE = { ModelId: ID, ModelName: '情感分析', Labels: [{ Key: 'env', Value: 'test' }] };

describe('getModel', () => {
  it('gives the decoded model, when it was fetched and PAI’s request id', async () => {
    await using pai = await withClient();
    const fetched = await pai.getModel(ID);
    expect(fetched?.value).toMatchObject({ id: ID, name: '情感分析', latestVersion: null });
    expect(fetched?.fetchedAt).toBe(NOW);
    expect(fetched?.requestId).toMatch(/^[0-9A-F-]{36}$/);
    expect(pai.events).toEqual([
      { ...attempt('OK'), upstreamRequestId: fetched?.requestId, durationMs: 0 },
    ]);
  });

  it('gives null for a model that does not exist', async () => {
    await using pai = await withClient();
    expect(await pai.getModel('model-none')).toBeNull();
    expect(pai.events).toMatchObject([attempt('NOT_FOUND')]);
  });

  it('gives as raw all that PAI sent, except RequestId and Tags, without drift', async () => {
    const body = { RequestId: 'r', ...WIRE, Tags: [{ Key: 'k', Value: 'v' }] };
    await using pai = await withClient({ kind: 'wrongShape', body });
    const fetched = await pai.getModel(ID);
    expect(fetched?.value.raw).toEqual(WIRE);
    expect(fetched?.value.tags).toBeNull();
    expect(pai.events).toMatchObject([attempt('OK')]);
  });

  it('reports drift under its operation and gives the rest', async () => {
    const body = { ...WIRE, OrderNumber: 'first', Invented: 1 };
    await using pai = await withClient({ kind: 'wrongShape', body });
    const fetched = await pai.getModel(ID);
    expect(fetched?.value).toMatchObject({ name: '情感分析', orderNumber: null, raw: body });
    const drift = { type: 'drift', operation: 'GetModel', requestId: 'request-1', caller: 'a' };
    expect(pai.events.slice(1)).toEqual([
      { ...drift, field: 'OrderNumber', kind: 'unexpected_type' },
      { ...drift, field: '*', kind: 'unknown_key' },
    ]);
  });

  it.each<Fault>([
    { kind: 'otherModel' },
    { kind: 'wrongShape', body: { ...WIRE, ModelId: 'MODEL-A' } },
    { kind: 'wrongShape', body: { ...WIRE, ModelId: [ID] } },
    { kind: 'wrongShape', body: { ModelName: 'no id' } },
    { kind: 'wrongShape', body: [WIRE] },
    { kind: 'oversize', bytes: 8 * 1024 * 1024 + 1 },
  ])('refuses an answer that is not for the id that was asked (%o)', async (fault) => {
    await using pai = await withClient(fault);
    const error = await failureOf(pai.getModel(ID));
    expect(error).toMatchObject({ code: 'UPSTREAM_INVALID', retryable: false });
    expect(pai.events).toMatchObject([attempt('UPSTREAM_INVALID')]);
  });

  it.each<Fault>([
    { kind: 'html' },
    { kind: 'empty' },
    { kind: 'garbage' },
    { kind: 'truncatedJson' },
    { kind: 'cut' },
    { kind: 'reset' },
    { kind: 'error', status: 500, code: 'InternalError' },
  ])('fails as unavailable when the answer does not arrive whole (%o)', async (fault) => {
    await using pai = await withClient(fault);
    expect((await failureOf(pai.getModel(ID))).code).toBe('UPSTREAM_UNAVAILABLE');
    expect(pai.events).toMatchObject([attempt('UPSTREAM_UNAVAILABLE')]);
  });

  it('tells the wait that PAI asks for, and logs its code', async () => {
    await using pai = await withClient({ kind: 'throttle', retryAfterMs: 300 });
    const error = await failureOf(pai.getModel(ID));
    expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 300 } });
    expect(pai.events).toMatchObject([
      { ...attempt('RATE_LIMITED'), upstreamCode: 'Throttling.User' },
    ]);
  });

  it('is rejected with keys that PAI does not know', async () => {
    await using pai = await withClient(undefined, 'wrong-secret');
    const error = await failureOf(pai.getModel(ID));
    expect(error.code).toBe('UPSTREAM_REJECTED');
    expect(error.details.upstreamCode).toBe('SignatureDoesNotMatch');
    expect(pai.events).toMatchObject([attempt('UPSTREAM_REJECTED')]);
  });

  it('ends as cancelled when the caller has gone', async () => {
    await using pai = await withClient({ kind: 'hang' });
    const reason = new Error('The client has gone.');
    const outcome = pai.getModel(ID).catch((error: unknown) => error);
    while (pai.sandbox.inFlight() === 0) await new Promise(setImmediate);
    pai.caller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(pai.events).toMatchObject([attempt('CANCELLED')]);
  });
});

const NOW = 1_767_323_045_000;

function attempt(outcome: string) {
  return {
    type: 'upstream_attempt',
    operation: 'GetModel',
    outcome,
    requestId: 'request-1',
    caller: 'a',
  };
}

/** One attempt, no more. */
const DIRECT: Policy = ({ attempt }, { signal }) =>
  attempt({ signal, onSent: () => {}, isNewConnection: false, resendCount: 0 });

/** A client with a sandbox of two models, whose first answer is spoilt. */
async function withClient(fault?: Fault, accessKeySecret = SANDBOX_KEY.secret) {
  const models = [WIRE, { ModelId: 'model-b' }].map((model) => ({ model, versions: [] }));
  const sandbox: Sandbox = await startSandbox({ models });
  if (fault) sandbox.faults.add({ fault });
  const credentials = staticCredentials({ accessKeyId: SANDBOX_KEY.id, accessKeySecret });
  const transport = createTransport({
    baseUrl: sandbox.url,
    timeoutMs: 5000,
    maxSockets: 1,
  });
  const events: Event[] = [];
  const report = (event: Event) => events.push(event);
  const client = createPaiClient({
    transport,
    credentials,
    clock: createPaiClock({ baseUrl: sandbox.url, clock: SYSTEM_CLOCK, report }),
    policy: DIRECT,
    report,
    now: () => NOW,
  });
  const caller = new AbortController();
  const usage = createUsage();
  return {
    getModel: (id: string) =>
      client.getModel(id, aFlight({ signal: caller.signal, usage, deadlineAt: NOW + 5000 })),
    sandbox,
    events,
    usage,
    caller,
    async [Symbol.asyncDispose]() {
      transport.close();
      await sandbox.close();
    },
  };
}
