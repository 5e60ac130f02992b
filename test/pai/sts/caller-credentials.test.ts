// Keys for callers from the sandbox's STS over a real socket: shared, renewed, never mixed up, and how it fails.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Fault,
  SANDBOX_PROVIDER,
  type Sandbox,
  startSandbox,
} from '../../../sandbox/sandbox.js';
import type { CallerToken } from '../../../src/domain/credentials.js';
import type { Event } from '../../../src/domain/events.js';
import {
  type CallerCredentialsOptions,
  createCallerCredentials,
} from '../../../src/pai/sts/caller-credentials.js';
import { callSandbox, wireDate } from '../../sandbox/signed-call.js';
import { TENANT_A, TENANT_B } from '../../sandbox/sts-call.js';
import { failureOf, startUpstream, until } from '../upstream.js';

const START = Date.parse('2026-01-02T03:04:05Z');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const OPERATION = 'AssumeRoleWithOIDC';

let clock: { now: number };
let sandbox: Sandbox;
beforeEach(async () => {
  clock = { now: START };
  sandbox = await startSandbox({ now: () => clock.now });
});
afterEach(() => sandbox.close());

function credentialsFrom(options: Partial<CallerCredentialsOptions> = {}) {
  const made = createCallerCredentials({
    stsEndpoint: sandbox.url,
    oidcProviderArn: SANDBOX_PROVIDER.providerArn,
    timeoutMs: 5000,
    now: () => clock.now,
    monotonic: () => clock.now,
    report: () => {},
    ...options,
  });
  return Object.assign(made, { [Symbol.dispose]: () => made.close() });
}

/** Each with a token of its own, which lasts longer than any test's clock goes. */
function callerOf(subject = 'ann', roleArn = TENANT_A, expiresInSeconds = 24 * 3600) {
  const caller: CallerToken = {
    token: sandbox.mintToken({ sub: subject, expiresInSeconds }),
    subject,
    issuer: SANDBOX_PROVIDER.issuer,
    roleArn,
    tokenExpiresAt: START + expiresInSeconds * SECOND,
  };
  return caller;
}

const exchanges = () => sandbox.requests.filter(({ operation }) => operation === OPERATION);

function fail(fault: Fault, times = Number.MAX_SAFE_INTEGER): void {
  sandbox.faults.add({ operation: OPERATION, beforeAuth: true, times, fault });
}

const refusal = { kind: 'error', status: 403, code: 'NoPermission' } as const;
const outage = { kind: 'error', status: 503, code: 'ServiceUnavailable' } as const;

describe('the keys of a caller', () => {
  it('are those of their role: the registry takes them and shows the models that the role sees', async () => {
    using credentials = credentialsFrom();
    const answers = await Promise.all(
      [TENANT_A, TENANT_B].map(async (role) => {
        const keys = await credentials.sourceFor(callerOf('ann', role)).get();
        const { accessKeyId: keyId, accessKeySecret: secret, securityToken: token = '' } = keys;
        return callSandbox(sandbox, { keyId, secret, token, date: wireDate(START) });
      }),
    );
    expect(answers.map(({ json }) => json.Code)).toEqual([undefined, '100700008']);
  });

  it('are asked for unsigned, as JSON, with the token in the body alone', async () => {
    using credentials = credentialsFrom({ durationSeconds: 900 });
    await credentials.sourceFor(callerOf('ann@example.com')).get();
    const [exchange] = exchanges();
    expect(exchange?.query).toEqual({
      Action: OPERATION,
      Format: 'JSON',
      Timestamp: '2026-01-02T03:04:05Z',
      Version: '2015-04-01',
      OIDCProviderArn: SANDBOX_PROVIDER.providerArn,
      RoleArn: TENANT_A,
      RoleSessionName: expect.stringMatching(/^ann@example\.com\.[\w-]{16}$/),
      DurationSeconds: '900',
    });
    expect(exchange?.headers).not.toHaveProperty('authorization');
    expect(exchange?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('go with a token that never stands in the URL', async () => {
    const urls: (string | undefined)[] = [];
    await using upstream = await startUpstream(({ url }, response) => {
      urls.push(url);
      response.writeHead(403).end('{"Code":"NoPermission"}');
    });
    using credentials = credentialsFrom({ stsEndpoint: upstream.url });
    const caller = callerOf();
    await failureOf(credentials.sourceFor(caller).get());
    expect(urls).toHaveLength(1);
    expect(urls[0]).not.toContain(caller.token.slice(0, 20));
  });

  it('are not asked for before they are needed', async () => {
    using credentials = credentialsFrom();
    expect(credentials.sourceFor(callerOf()).status()).toBe('unknown');
    expect(sandbox.requests).toEqual([]);
  });

  it('come with one exchange for a hundred who ask at once, and for those who ask later', async () => {
    using credentials = credentialsFrom();
    const crowd = Array.from({ length: 100 }, () => credentials.sourceFor(callerOf()).get());
    const keys = await Promise.all(crowd);
    keys.push(await credentials.sourceFor(callerOf()).get());
    expect(new Set(keys.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    expect(exchanges()).toHaveLength(1);
  });

  it('serve a new token of the same subject too', async () => {
    using credentials = credentialsFrom();
    const [older, newer] = [callerOf(), callerOf()];
    expect(older.token).not.toBe(newer.token);
    const keys = await credentials.sourceFor(older).get();
    expect(await credentials.sourceFor(newer).get()).toBe(keys);
  });

  it('are never another’s, for any callers in any order and at the same time', async () => {
    await using upstream = await startUpstream(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      // The keys name whom the token and the role are for; no two people may get the same ones.
      const owner = Buffer.from(`${form.get('OIDCToken')} ${form.get('RoleArn')}`);
      const credentials = {
        AccessKeyId: owner.toString('base64url'),
        AccessKeySecret: 's',
        SecurityToken: 't',
        Expiration: new Date(START + 60 * MINUTE).toISOString(),
      };
      response.end(JSON.stringify({ Credentials: credentials }));
    });
    const person = fc.record({
      subject: fc.constantFrom('a', 'b', 'a","b', ' a', 'A', '安'),
      issuer: fc.constantFrom('https://one.example', 'https://two.example', 'a'),
      roleArn: fc.constantFrom(TENANT_A, TENANT_B),
    });
    const steps = fc.array(fc.array(person, { minLength: 1, maxLength: 6 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(steps, async (rounds) => {
        using credentials = credentialsFrom({ stsEndpoint: upstream.url, maxCallers: 3 });
        for (const people of rounds) {
          const answers = await Promise.all(
            people.map(async (who) => {
              const token = JSON.stringify([who.issuer, who.subject]);
              const caller = { ...who, token, tokenExpiresAt: Number.POSITIVE_INFINITY };
              const { accessKeyId } = await credentials.sourceFor(caller).get();
              const owner = Buffer.from(accessKeyId, 'base64url').toString();
              return owner === `${token} ${who.roleArn}`;
            }),
          );
          expect(answers).not.toContain(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are forgotten for the caller that asked longest ago, when there are too many callers', async () => {
    using credentials = credentialsFrom({ maxCallers: 2 });
    for (const subject of ['ann', 'bob', 'ann', 'eve', 'ann', 'bob']) {
      await credentials.sourceFor(callerOf(subject)).get();
    }
    const names = exchanges().map(({ query }) => query.RoleSessionName?.slice(0, 3));
    expect(names).toEqual(['ann', 'bob', 'eve', 'bob']);
  });
});

describe('renewal', () => {
  it.each([
    ['five minutes before the end of an hour', 3600, 55 * MINUTE],
    ['in the last fifth of a quarter of an hour', 900, 12 * MINUTE],
  ])('happens %s, and no caller waits for it', async (_, durationSeconds, renewAt) => {
    using credentials = credentialsFrom({ durationSeconds });
    const source = credentials.sourceFor(callerOf());
    const first = await source.get();
    clock.now = START + renewAt - 1;
    expect(await source.get()).toBe(first);
    expect(exchanges()).toHaveLength(1);
    clock.now += 1;
    const many = await Promise.all(Array.from({ length: 100 }, () => source.get()));
    expect(new Set(many)).toEqual(new Set([first]));
    await until(() => exchanges().length === 2 && sandbox.inFlight() === 0);
    await expect.poll(() => source.get()).not.toBe(first);
    expect(exchanges()).toHaveLength(2);
  });

  it('renewal that fails leaves the keys until they end, and then is an error', async () => {
    const states: string[] = [];
    using credentials = credentialsFrom({
      report: (event) => event.type === 'credentials' && states.push(event.state),
    });
    const source = credentials.sourceFor(callerOf());
    const first = await source.get();
    fail(outage);
    clock.now = START + 60 * MINUTE - 10 * SECOND - 1;
    expect(await source.get()).toBe(first);
    await expect.poll(() => source.status()).toBe('failing');
    clock.now += 1;
    expect((await failureOf(source.get())).code).toBe('UPSTREAM_UNAVAILABLE');
    sandbox.faults.clear();
    clock.now += MINUTE;
    const later = credentials.sourceFor(callerOf());
    expect(await later.get()).not.toEqual(first);
    expect(later.status()).toBe('ok');
    expect(states).toEqual(['up', 'down', 'up']);
  });

  it('renewal that is refused takes the keys away', async () => {
    using credentials = credentialsFrom();
    const source = credentials.sourceFor(callerOf());
    const first = await source.get();
    fail(refusal);
    clock.now = START + 56 * MINUTE;
    expect(await source.get()).toBe(first);
    await expect
      .poll(() =>
        source.get().then(
          () => 'keys',
          ({ code }) => code,
        ),
      )
      .toBe('FORBIDDEN');
  });

  it('renewal that is refused for its token leaves the keys, which another token brought', async () => {
    const events: Event[] = [];
    using credentials = credentialsFrom({
      report: (event) => event.type === 'token_exchange' && events.push(event),
    });
    const first = await credentials.sourceFor(callerOf()).get();
    clock.now = START + 56 * MINUTE;
    const late = { ...callerOf('ann', TENANT_A, 0), tokenExpiresAt: Number.POSITIVE_INFINITY };
    const source = credentials.sourceFor(late);
    expect(await source.get()).toBe(first);
    await until(() => events.length === 2);
    expect(events[1]).toMatchObject({ outcome: 'FORBIDDEN' });
    expect(await source.get()).toBe(first);
  });

  it('does not happen with a token that is over itself', async () => {
    using credentials = credentialsFrom();
    const caller = callerOf('ann', TENANT_A, 3000);
    const first = await credentials.sourceFor(caller).get();
    clock.now = START + 56 * MINUTE;
    expect(await credentials.sourceFor(caller).get()).toBe(first);
    clock.now = START + 60 * MINUTE;
    expect((await failureOf(credentials.sourceFor(caller).get())).code).toBe('FORBIDDEN');
    expect(exchanges()).toHaveLength(1);
  });

  it('never gives keys at or after their expiration, at any time', async () => {
    using credentials = credentialsFrom({ durationSeconds: 900 });
    const source = credentials.sourceFor(callerOf());
    const keyIds = new Set<string>();
    for (const step of fc.sample(fc.integer({ min: 0, max: 6 * MINUTE }), {
      numRuns: 40,
      seed: 7,
    })) {
      clock.now += step;
      const { accessKeyId: keyId, accessKeySecret: secret, securityToken } = await source.get();
      const key = { keyId, secret, token: securityToken ?? '', date: wireDate(clock.now) };
      expect((await callSandbox(sandbox, key)).status).toBe(200);
      keyIds.add(keyId);
    }
    expect(keyIds.size).toBeGreaterThan(2);
  });
});

describe('refresh', () => {
  it('makes the next get ask again, once for a burst of them', async () => {
    using credentials = credentialsFrom();
    const sources = [1, 2, 3].map(() => credentials.sourceFor(callerOf()));
    const [first] = await Promise.all(sources.map((source) => source.get()));
    const next = await Promise.all(
      sources.map((source) => {
        expect(source.refresh()).toBe(true);
        return source.get();
      }),
    );
    expect(new Set(next).size).toBe(1);
    expect(next[0]).not.toEqual(first);
    expect(exchanges()).toHaveLength(2);
  });

  it('leaves keys alone that came after those which failed', async () => {
    using credentials = credentialsFrom();
    const [early, late] = [1, 2].map(() => credentials.sourceFor(callerOf()));
    await early?.get();
    await late?.get();
    early?.refresh();
    const renewed = await early?.get();
    late?.refresh();
    expect(await late?.get()).toBe(renewed);
    expect(exchanges()).toHaveLength(2);
  });
});

describe('a failed exchange', () => {
  it.each<[string, Fault, string, number]>([
    ['an outage', outage, 'UPSTREAM_UNAVAILABLE', 2],
    ['a reset connection', { kind: 'reset' }, 'UPSTREAM_UNAVAILABLE', 2],
    ['a proxy’s page', { kind: 'html' }, 'UPSTREAM_UNAVAILABLE', 2],
    ['a cut body', { kind: 'cut' }, 'UPSTREAM_UNAVAILABLE', 2],
    ['half a body', { kind: 'truncatedJson' }, 'UPSTREAM_UNAVAILABLE', 2],
    ['an odd body', { kind: 'wrongShape', body: { Credentials: [] } }, 'UPSTREAM_INVALID', 1],
    ['a huge body', { kind: 'oversize', bytes: 2 ** 21 }, 'UPSTREAM_INVALID', 1],
    ['a throttle', { kind: 'throttle', retryAfterMs: 700 }, 'RATE_LIMITED', 1],
    ['a refusal', refusal, 'FORBIDDEN', 1],
    ['silence', { kind: 'hang' }, 'UPSTREAM_TIMEOUT', 1],
    [
      ...(['our own mistake', { kind: 'error', status: 400, code: 'InvalidVersion' }] as const),
      ...(['UPSTREAM_REJECTED', 1] as const),
    ],
  ])('after %s tells no secret, and is remembered by its operation alone', async (...row) => {
    const [, fault, code, attempts] = row;
    using credentials = credentialsFrom({ timeoutMs: fault.kind === 'hang' ? 500 : 5000 });
    const caller = callerOf();
    const source = credentials.sourceFor(caller);
    sandbox.faults.add({ operation: OPERATION, fault });
    const failure = await failureOf(source.get());
    expect(failure).toMatchObject({ code, retryable: false });
    expect(exchanges()).toHaveLength(attempts);
    expect(source.status()).toBe(code === 'FORBIDDEN' ? 'ok' : 'failing');
    const told = failure.message + JSON.stringify(failure);
    expect(told).not.toMatch(/eyJ|acs:|127\.0|http|ann|told to fail/);
    sandbox.faults.clear();
    expect(await failureOf(source.get())).toBe(failure);
    expect(exchanges()).toHaveLength(attempts);
    clock.now += MINUTE;
    const later = credentials.sourceFor(caller);
    expect((await later.get()).accessKeyId).toMatch(/^STS\./);
  });

  it('says when to come back after a throttle', async () => {
    using credentials = credentialsFrom();
    fail({ kind: 'throttle', retryAfterMs: 700 });
    const failure = await failureOf(credentials.sourceFor(callerOf()).get());
    expect(failure.details.retryAfterMs).toBe(700);
  });

  it('heals by itself when only the first attempt is lost', async () => {
    using credentials = credentialsFrom();
    fail({ kind: 'reset' }, 1);
    expect((await credentials.sourceFor(callerOf()).get()).accessKeyId).toMatch(/^STS\./);
    expect(exchanges()).toHaveLength(2);
  });

  it('is that of all who wait for it', async () => {
    using credentials = credentialsFrom();
    fail(refusal);
    const crowd = Array.from({ length: 100 }, () => credentials.sourceFor(callerOf()).get());
    const outcomes = await Promise.allSettled(crowd);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    expect(exchanges()).toHaveLength(1);
  });

  it('because of another token of the same subject does not affect a caller with a good one', async () => {
    using credentials = credentialsFrom();
    // Our clock takes it for valid, that of STS does not.
    const late = {
      ...callerOf('ann', TENANT_A, -1),
      tokenExpiresAt: START + 1,
    };
    const old = failureOf(credentials.sourceFor(late).get());
    const good = credentials.sourceFor(callerOf()).get();
    expect((await old).code).toBe('FORBIDDEN');
    expect((await good).accessKeyId).toMatch(/^STS\./);
    expect(exchanges()).toHaveLength(2);
  });

  it('is spared to STS when the token is over anyway', async () => {
    using credentials = credentialsFrom();
    const over = callerOf('ann', TENANT_A, 0);
    expect((await failureOf(credentials.sourceFor(over).get())).code).toBe('FORBIDDEN');
    expect(exchanges()).toEqual([]);
  });

  it('is unavailable when no program listens', async () => {
    using credentials = credentialsFrom();
    await sandbox.close();
    const failure = await failureOf(credentials.sourceFor(callerOf()).get());
    expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: false });
  });
});

describe('a role whose exchange failed', () => {
  const keyOf = (credentials: ReturnType<typeof credentialsFrom>, caller: CallerToken) =>
    credentials.sourceFor(caller).get();

  it('is not asked for again by any caller until its wait is over, and the wait doubles', async () => {
    using credentials = credentialsFrom();
    fail({ kind: 'error', status: 400, code: 'InvalidVersion' });
    await failureOf(keyOf(credentials, callerOf()));
    for (const waitMs of [500, 1000, 2000, 4000]) {
      const before = exchanges().length;
      clock.now += waitMs - 1;
      const failure = await failureOf(keyOf(credentials, callerOf('bob')));
      expect([failure.code, exchanges().length]).toEqual(['UPSTREAM_REJECTED', before]);
      clock.now += 1;
      await failureOf(keyOf(credentials, callerOf('bob')));
      expect(exchanges()).toHaveLength(before + 1);
    }
  });

  it('waits as long as STS says', async () => {
    using credentials = credentialsFrom();
    fail({ kind: 'throttle', retryAfterMs: 7000 }, 1);
    await failureOf(keyOf(credentials, callerOf()));
    clock.now += 6999;
    expect((await failureOf(keyOf(credentials, callerOf()))).code).toBe('RATE_LIMITED');
    clock.now += 1;
    expect((await keyOf(credentials, callerOf())).accessKeyId).toMatch(/^STS\./);
  });

  it('holds back no other role, and a success ends its wait', async () => {
    using credentials = credentialsFrom();
    fail({ kind: 'error', status: 400, code: 'InvalidVersion' }, 1);
    await failureOf(keyOf(credentials, callerOf()));
    expect((await keyOf(credentials, callerOf('ann', TENANT_B))).accessKeyId).toMatch(/^STS\./);
    clock.now += 500;
    await keyOf(credentials, callerOf());
    fail({ kind: 'error', status: 400, code: 'InvalidVersion' }, 1);
    await failureOf(keyOf(credentials, callerOf('bob')));
    clock.now += 500;
    expect((await keyOf(credentials, callerOf('bob'))).accessKeyId).toMatch(/^STS\./);
  });

  it('does not wait because one of its callers was refused', async () => {
    using credentials = credentialsFrom();
    fail(refusal, 1);
    expect((await failureOf(keyOf(credentials, callerOf()))).code).toBe('FORBIDDEN');
    expect((await keyOf(credentials, callerOf('bob'))).accessKeyId).toMatch(/^STS\./);
  });
});

describe('the report', () => {
  it('is each attempt with its outcome and Code, and nothing of the caller', async () => {
    const events: Event[] = [];
    using credentials = credentialsFrom({
      report: (event) => event.type === 'token_exchange' && events.push(event),
    });
    fail({ kind: 'reset' }, 1);
    await credentials.sourceFor(callerOf()).get({ requestId: 'request-1' });
    fail(refusal);
    await failureOf(credentials.sourceFor(callerOf('bob')).get({ requestId: 'request-1' }));
    const of = { type: 'token_exchange', durationMs: 0, requestId: 'request-1' };
    const upstreamRequestId = expect.stringMatching(/^[0-9A-F-]{36}$/);
    expect(events).toEqual([
      { ...of, outcome: 'UPSTREAM_UNAVAILABLE', cause: 'RESET' },
      { ...of, outcome: 'OK', upstreamRequestId },
      { ...of, outcome: 'FORBIDDEN', upstreamRequestId, upstreamCode: 'NoPermission' },
    ]);
  });
});
