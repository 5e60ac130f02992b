// The account's quota: never exceeded, bounded in flight, shared fairly, and not spent on callers that have left.
import { describe, expect, test, vi } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { aFlight, aQuota } from '../pai/quota/flight.js';
import { eventually } from '../support/programs.js';
import { busiestSecond, startSandboxProcess } from '../support/sandbox-process.js';
import {
  postGraphql,
  sampleIds,
  startTestApp,
  type TestApp,
  withApp,
} from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 12 });

const ONE = 'query ($id: ID!) { model(id: $id) { id } }';
const MANY = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }';

const open = (env: Record<string, string>, models = 400) =>
  withApp({ env, sandbox: { models: numberedModels(models) } });
const ids = (start: number, end: number) => range(start, end).map(modelId);
const many = (app: TestApp, start: number, end: number) =>
  app.query(MANY, { ids: ids(start, end) });
const one = (app: TestApp, index: number) => app.query(ONE, { id: modelId(index) });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The ids of a caller tell its calls: their places in the order of starts. */
function places({ sandbox }: TestApp, start: number, end: number): number[] {
  const wanted = new Set(ids(start, end));
  return sandbox.requests.flatMap(({ path }, index) =>
    wanted.has(path.split('/').at(-1) ?? '') ? [index] : [],
  );
}

function leavable(app: TestApp, start: number, end: number) {
  const controller = new AbortController();
  const done = fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: MANY, variables: { ids: ids(start, end) } }),
    signal: controller.signal,
  }).catch(() => 'left');
  return { leave: () => controller.abort(), done };
}

describe.concurrent('calls in flight', () => {
  test('are never more than UPSTREAM_CONCURRENCY, and as many as that', async () => {
    await using app = await open({ UPSTREAM_CONCURRENCY: '8', UPSTREAM_RATE_PER_SECOND: '1000' });
    app.sandbox.faults.add({ delayMs: 100 });
    const { data, errors } = await many(app, 0, 60);
    expect(errors).toEqual([]);
    expect(data.modelsByIds.map(({ id }: { id: string }) => id)).toEqual(ids(0, 60));
    expect(app.sandbox.maxInFlight()).toBe(8);
  });

  test('are bounded over all callers and operations', async () => {
    await using app = await open({ UPSTREAM_CONCURRENCY: '4', UPSTREAM_RATE_PER_SECOND: '1000' });
    app.sandbox.faults.add({ delayMs: 50 });
    const answers = await Promise.all([
      ...range(0, 30).map((index) => one(app, index)),
      ...range(1, 11).map((first) => app.query(`{ models(first: ${first}) { nodes { id } } }`)),
    ]);
    for (const { errors } of answers) expect(errors).toEqual([]);
    expect(app.sandbox.maxInFlight()).toBe(4);
  });

  test('give their place back when they fail or their callers leave', async () => {
    await using app = await open({ UPSTREAM_CONCURRENCY: '2' });
    app.sandbox.faults.add({ times: 5, fault: { kind: 'wrongShape', body: {} } });
    await many(app, 0, 5);
    app.sandbox.faults.add({ times: 2, fault: { kind: 'hang' } });
    const caller = leavable(app, 10, 12);
    await eventually(() => (app.sandbox.inFlight() === 2 ? true : undefined));
    caller.leave();
    expect((await many(app, 20, 30)).errors).toEqual([]);
  });
});

// On a machine that stalls for a moment, requests sent apart arrive together: the count is tried again.
describe.concurrent('starts', { retry: 2 }, () => {
  test('are at most UPSTREAM_RATE_PER_SECOND in any second, and no request fails', async () => {
    await using sandbox = await startSandboxProcess();
    const app = await startTestApp({ PAI_ENDPOINT: sandbox.url, UPSTREAM_RATE_PER_SECOND: '20' });
    const wanted = sampleIds(60);
    const answers = await Promise.all(
      wanted.map((id) => postGraphql(app.url, { query: ONE, variables: { id } })),
    );
    await app.close();
    expect(answers.map(({ data }) => data.model?.id)).toEqual(wanted);
    const requests = await sandbox.requests();
    expect(requests).toHaveLength(60);
    expect(busiestSecond(requests)).toBeLessThanOrEqual(22);
    const waited = answers.reduce((sum, { extensions }) => sum + extensions.upstream.waitMs, 0);
    expect(waited).toBeGreaterThan(30 * 900);
  });

  test('are counted from when they leave, not from when their turn comes', async () => {
    const quota = aQuota({ ratePerSecond: 2 });
    const flight = aFlight({ deadlineAt: Date.now() + 10_000 });
    const leftAt: number[] = [];
    const start = async (onSent: () => void) => {
      if (leftAt.length < 2) await pause(400);
      leftAt.push(Date.now());
      onSent();
    };
    await Promise.all(range(0, 4).map(() => quota.run('GetModel', flight, start)));
    const [first = 0, second = 0, third = 0, fourth = 0] = leftAt;
    expect(third - first).toBeGreaterThanOrEqual(990);
    expect(fourth - second).toBeGreaterThanOrEqual(990);
  });

  test('starts of one operation do not wait for those of another', async () => {
    await using app = await open({ UPSTREAM_RATE_PER_SECOND: '5' });
    const models = many(app, 0, 15);
    await eventually(() => (app.sandbox.requests.length >= 5 ? true : undefined));
    const { errors, extensions } = await app.query('{ models(first: 1) { nodes { id } } }');
    expect(errors).toEqual([]);
    expect(extensions.upstream.waitMs).toBeLessThan(500);
    expect((await models).errors).toEqual([]);
  });
});

describe.concurrent('one caller who asks for 100 models', () => {
  test('does not delay another’s single model by more than its share', async () => {
    await using app = await open({ UPSTREAM_CONCURRENCY: '4', UPSTREAM_RATE_PER_SECOND: '1000' });
    app.sandbox.faults.add({ delayMs: 60 });
    const greedy = many(app, 0, 100);
    await eventually(() => (app.sandbox.requests.length >= 8 ? true : undefined));
    const before = app.sandbox.requests.length;
    expect((await one(app, 200)).data.model.id).toBe(modelId(200));
    const [place = 0] = places(app, 200, 201);
    // In turn it is the next or the one after; the rest is the way over two sockets.
    expect(place - before).toBeLessThanOrEqual(16);
    expect((await greedy).errors).toEqual([]);
  });

  test('does not do so under the rate, either', async () => {
    await using app = await open({ UPSTREAM_RATE_PER_SECOND: '20' });
    const greedy = leavable(app, 0, 100);
    await eventually(() => (app.sandbox.requests.length >= 20 ? true : undefined));
    await one(app, 200);
    const [place = 0] = places(app, 200, 201);
    expect(place).toBeLessThanOrEqual(45);
    greedy.leave();
  });

  test('does not delay another’s single one among the same models, either', async () => {
    await using app = await open({ UPSTREAM_RATE_PER_SECOND: '20' });
    const greedy = leavable(app, 0, 100);
    await eventually(() => (app.sandbox.requests.length >= 20 ? true : undefined));
    const { data, extensions } = await one(app, 99);
    expect(data.model.id).toBe(modelId(99));
    expect(extensions.upstream).toMatchObject({ calls: 0, coalesced: 1 });
    const [place = 0] = places(app, 99, 100);
    expect(place).toBeLessThanOrEqual(45);
    greedy.leave();
  });

  test('takes turns with another such', async () => {
    await using app = await open({ UPSTREAM_CONCURRENCY: '2', UPSTREAM_RATE_PER_SECOND: '1000' });
    app.sandbox.faults.add({ delayMs: 30 });
    const first = many(app, 0, 60);
    await eventually(() => (app.sandbox.requests.length >= 4 ? true : undefined));
    const second = many(app, 100, 160);
    await eventually(() => (places(app, 100, 160).length > 0 ? true : undefined));
    const since = places(app, 100, 160)[0] ?? 0;
    await Promise.all([first, second]);
    const share = places(app, 100, 160).filter((place) => place < since + 40).length;
    expect(share).toBeGreaterThanOrEqual(15);
    expect(share).toBeLessThanOrEqual(25);
  });
});

describe.concurrent('a full queue', () => {
  // The queue holds what can start before the deadline, but at least a hundred.
  const FULL = { UPSTREAM_CONCURRENCY: '1', UPSTREAM_RATE_PER_SECOND: '50' };

  test('answers RATE_LIMITED with the time after which to return', async () => {
    // All are there before the first has waited for too long, also on a busy machine.
    await using app = await open({
      ...FULL,
      UPSTREAM_RATE_PER_SECOND: '15',
      REQUEST_TIMEOUT_MS: '6000',
      UPSTREAM_TIMEOUT_MS: '6000',
    });
    app.sandbox.faults.add({ fault: { kind: 'hang' } });
    const answers = await Promise.all(range(0, 120).map((index) => one(app, index)));
    const errors = answers.flatMap((answer) => answer.errors);
    const refused = errors.filter(({ extensions }) => extensions.code === 'RATE_LIMITED');
    expect(refused.length).toBeGreaterThanOrEqual(120 - 100 - 1);
    for (const { extensions } of refused) {
      expect(Number.isInteger(extensions.retryAfterMs)).toBe(true);
      expect(extensions.retryAfterMs).toBeGreaterThan(0);
    }
  });

  test('has room for a caller with one wish, before those with many', async () => {
    await using app = await open({ ...FULL, REQUEST_TIMEOUT_MS: '2000' });
    app.sandbox.faults.add({ delayMs: 100 });
    const greedy = [many(app, 0, 100), many(app, 100, 200)];
    await eventually(() => (app.sandbox.requests.length >= 2 ? true : undefined));
    const { data, errors } = await one(app, 300);
    expect(errors).toEqual([]);
    expect(data.model.id).toBe(modelId(300));
    await Promise.all(greedy);
  });
});

describe.concurrent('a waiting call', () => {
  test('is dropped when its callers have left', async () => {
    await using app = await open({ UPSTREAM_CONCURRENCY: '1', UPSTREAM_RATE_PER_SECOND: '1000' });
    app.sandbox.faults.add({ delayMs: 300 });
    const caller = leavable(app, 0, 60);
    await eventually(() => (app.sandbox.requests.length >= 1 ? true : undefined));
    caller.leave();
    await eventually(() => (app.sandbox.inFlight() === 0 ? true : undefined));
    await pause(500);
    expect(app.sandbox.requests.length).toBeLessThanOrEqual(3);
    app.sandbox.reset();
    expect((await one(app, 100)).errors).toEqual([]);
    expect(app.sandbox.requests).toHaveLength(1);
  });

  test('stays while one of its callers stays', async () => {
    await using app = await open({ UPSTREAM_CONCURRENCY: '1', UPSTREAM_RATE_PER_SECOND: '1000' });
    app.sandbox.faults.add({ delayMs: 150 });
    const leaving = leavable(app, 0, 5);
    await eventually(() => (app.sandbox.requests.length >= 1 ? true : undefined));
    const staying = one(app, 4);
    await pause(100);
    leaving.leave();
    expect((await staying).data.model.id).toBe(modelId(4));
    expect(places(app, 4, 5)).toHaveLength(1);
  });
});
