// Shows how often a provider is asked, that a failed one is replaced, and when the role of its keys is known.
// Every provider is a script.
import { describe, expect, it, vi } from 'vitest';
import type { Event } from '../../src/domain/events.js';
import {
  type ChainOptions,
  type ChainRole,
  type CredentialProvider,
  chainCredentials,
  staticCredentials,
} from '../../src/pai/credentials.js';

const FIXED_TEXT = 'No credentials for the model registry could be obtained.';
const ROLE = 'acs:ram::1000000000000001:role/reader';

describe('staticCredentials', () => {
  it('staticCredentials gives the same keys, also after a refresh', async () => {
    const fixed = { accessKeyId: 'id', accessKeySecret: 'secret' };
    const source = staticCredentials(fixed);
    expect(source.refresh()).toBe(false);
    expect(await source.get()).toBe(fixed);
    expect(source.status()).toBe('ok');
  });
});

describe('chainCredentials over a provider', () => {
  it('chainCredentials over a provider asks nothing before the first get', () => {
    const { load, source, events } = scripted([]);
    expect(load).not.toHaveBeenCalled();
    expect(source.status()).toBe('unknown');
    expect(events).toEqual([]);
  });

  it('chainCredentials over a provider has one request under way however many callers wait', async () => {
    const slow = deferred<Keys>();
    const { load, questions, source } = scripted([() => slow.promise]);
    const waiting = Array.from({ length: 10 }, () => source.get());
    slow.resolve(keys('a'));
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(load).toHaveBeenCalledTimes(1);
    expect(questions()).toBe(1);
  });

  it('chainCredentials over a provider gives the keys at once, and asks the provider in the background once a second', async () => {
    const { questions, source, passes } = scripted([async () => keys('a'), async () => keys('b')]);
    const first = await source.get();
    passes(999);
    expect(await source.get()).toBe(first);
    expect(questions()).toBe(1);
    passes(1);
    expect(await source.get()).toBe(first);
    expect(await source.get()).toBe(first);
    await settled();
    expect(questions()).toBe(2);
    expect(await source.get()).toEqual({ accessKeyId: 'b', accessKeySecret: 'secret of b' });
  });

  it('chainCredentials over a provider gives equal keys as one object, also after a refresh', async () => {
    const { questions, source, passes } = scripted([
      async () => keys('a'),
      async () => keys('a'),
      async () => keys('a'),
    ]);
    const first = await source.get();
    passes(1000);
    await source.get();
    await settled();
    expect(await source.get()).toBe(first);
    source.refresh();
    expect(await source.get()).toBe(first);
    expect(questions()).toBe(3);
  });

  it('chainCredentials over a provider gives keys that are a minute old no more while the provider is asked', async () => {
    const slow = deferred<Keys>();
    const { source, passes } = scripted([async () => keys('a'), () => slow.promise]);
    const first = await source.get();
    passes(59_999);
    expect(await source.get()).toBe(first);
    passes(1);
    const waiting = source.get();
    slow.resolve(keys('b'));
    expect((await waiting).accessKeyId).toBe('b');
  });

  it('chainCredentials over a provider gives the keys of before for a minute while the chain fails, and asks it once a second', async () => {
    const { source, passes, questions, events } = scripted([
      async () => keys('a'),
      failing,
      failing,
      failing,
    ]);
    const first = await source.get();
    passes(1000);
    expect(await source.get()).toBe(first);
    await settled();
    expect(source.status()).toBe('failing');
    expect(await Promise.all([source.get(), source.get()])).toEqual([first, first]);
    expect(questions()).toBe(2);
    passes(1000);
    expect(await source.get()).toBe(first);
    await settled();
    expect(questions()).toBe(3);
    passes(58_000);
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
    expect(stateOf(events)).toEqual(['up', 'down']);
  });

  it('chainCredentials over a provider leaves out a security token that the provider does not have', async () => {
    const { source } = scripted([async () => ({ ...keys('a'), securityToken: '' })]);
    expect(await source.get()).toEqual({ accessKeyId: 'a', accessKeySecret: 'secret of a' });
  });

  it('chainCredentials over a provider builds a new provider after a failure and recovers', async () => {
    const { load, source } = scripted([failing, async () => keys('a')]);
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
    expect(source.status()).toBe('failing');
    expect((await source.get()).accessKeyId).toBe('a');
    expect(source.status()).toBe('ok');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('chainCredentials over a provider reports once that keys are missing, and once that they are back, without any message of the provider', async () => {
    const { source, events } = scripted([failing, failing, async () => keys('a')]);
    await expect(source.get()).rejects.toThrow();
    await expect(source.get()).rejects.toThrow();
    await source.get();
    expect(events).toEqual([
      {
        type: 'credentials',
        state: 'down',
        reason: 'No link of the credential chain gave keys.',
      },
      { type: 'credentials', state: 'up' },
    ]);
  });

  it('chainCredentials over a provider treats keys with an empty secret as a failure', async () => {
    const { source } = scripted([async () => ({ accessKeyId: 'a', accessKeySecret: '' })]);
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
  });

  it('chainCredentials over a provider recovers when the package itself could not be loaded', async () => {
    const loadProvider = vi
      .fn<() => Promise<CredentialProvider>>()
      .mockRejectedValueOnce(new Error('Cannot find package'))
      .mockResolvedValueOnce({ getCredentials: async () => keys('a') });
    const source = chainCredentials({ loadProvider });
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
    expect((await source.get()).accessKeyId).toBe('a');
  });

  it('chainCredentials over a provider gives up on a provider that hangs, for every caller, and asks a new one next', async () => {
    const { load, source, events } = scripted(
      [() => new Promise(() => {}), async () => keys('a')],
      { timeoutMs: 20 },
    );
    const outcomes = await Promise.allSettled([source.get(), source.get()]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(source.status()).toBe('failing');
    expect(events).toMatchObject([{ reason: 'The credential chain did not answer in time.' }]);
    expect((await source.get()).accessKeyId).toBe('a');
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describe('a refresh of chainCredentials', () => {
  it('a refresh of chainCredentials builds a new provider, and gives the keys of before no more', async () => {
    const { load, source } = scripted([async () => keys('a'), async () => keys('b')]);
    await source.get();
    expect(source.refresh()).toBe(true);
    expect((await source.get()).accessKeyId).toBe('b');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('a refresh of chainCredentials keeps the outcome of a request that it has replaced away from the next', async () => {
    const old = deferred<Keys>();
    const { load, source, passes } = scripted([
      async () => keys('a'),
      () => old.promise,
      async () => keys('b'),
    ]);
    await source.get();
    passes(60_000);
    const stale = source.get();
    source.refresh();
    expect((await source.get()).accessKeyId).toBe('b');
    old.reject(new Error('too late'));
    await expect(stale).rejects.toThrow(FIXED_TEXT);
    expect(source.status()).toBe('ok');
    expect(await source.get()).toMatchObject({ accessKeyId: 'b' });
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('a refresh of chainCredentials is one for a burst, also where some of it comes when the new keys are there', async () => {
    const { questions, source } = scripted([async () => keys('a'), async () => keys('b')]);
    await source.get();
    const retried = [1, 2, 3].map(() => {
      expect(source.refresh()).toBe(true);
      return source.get();
    });
    expect((await Promise.all(retried)).map((k) => k.accessKeyId)).toEqual(['b', 'b', 'b']);
    expect(source.refresh()).toBe(true);
    expect((await source.get()).accessKeyId).toBe('b');
    expect(questions()).toBe(2);
  });

  it('a refresh of chainCredentials that brought the same keys is not worth repeating for ten seconds', async () => {
    const { questions, source, passes } = scripted([
      async () => keys('a'),
      async () => keys('a'),
      async () => keys('c'),
    ]);
    await source.get();
    expect(source.refresh()).toBe(true);
    await source.get();
    expect(source.refresh()).toBe(false);
    expect(questions()).toBe(2);
    passes(10_000);
    expect(source.refresh()).toBe(true);
    expect((await source.get()).accessKeyId).toBe('c');
  });
});

describe('the role of chain keys', () => {
  const ECS = 'default/ecs_ram_role';
  const URI = 'default/credential_uri';
  const OIDC = 'default/oidc_role_arn';
  const roleOf = async (role: ChainRole | null, given: Partial<Keys>) => {
    const { source } = scripted([async () => ({ ...keys('a'), ...given })], { role });
    return (await source.get()).role;
  };
  const temporary = (providerName: string) => ({ securityToken: 'token', providerName });

  it('the role of chain keys is that of the settings where the link has no other', async () => {
    const role = { arn: ROLE, isOidc: false };
    expect(await roleOf(role, temporary(URI))).toBe(`${ROLE} ${URI}`);
    expect(await roleOf(role, temporary(ECS))).toBe(`${ROLE} ${ECS}`);
    const oidc = { arn: ROLE, isOidc: true };
    expect(await roleOf(oidc, temporary(OIDC))).toBe(`${ROLE} ${OIDC}`);
  });

  it.each<[string, ChainRole | null, Partial<Keys>]>([
    ['the settings do not say it', null, temporary(URI)],
    ['the keys are lasting ones', { arn: ROLE, isOidc: false }, { providerName: URI }],
    ['the token exchange failed and a node answered', { arn: ROLE, isOidc: true }, temporary(ECS)],
    ['the token exchange failed and a URI answered', { arn: ROLE, isOidc: true }, temporary(URI)],
    ['a CLI profile answered', { arn: ROLE, isOidc: false }, temporary('default/cli_profile')],
    ['a profile answered', { arn: ROLE, isOidc: false }, temporary('default/profile')],
    ['keys of the environment answered', { arn: ROLE, isOidc: false }, temporary('default/env')],
    ['the link has no name', { arn: ROLE, isOidc: false }, { securityToken: 'token' }],
  ])('the role of chain keys is not known where %s', async (_, role, given) => {
    expect(await roleOf(role, given)).toBeUndefined();
  });
});

type Keys = Awaited<ReturnType<CredentialProvider['getCredentials']>>;

function keys(name: string): Keys {
  return { accessKeyId: name, accessKeySecret: `secret of ${name}` };
}

async function failing(): Promise<Keys> {
  throw new Error('get sts token failed, message = {"AccessKeySecret":"leaked"}');
}

const stateOf = (events: readonly Event[]) =>
  events.map((event) => event.type === 'credentials' && event.state);

/** A question that was asked behind has its answer. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Providers that share one script of answers, and counts of what was asked of them. */
function scripted(answers: ReadonlyArray<() => Promise<Keys>>, options: ChainOptions = {}) {
  let asked = 0;
  let at = 1_800_000_000_000;
  const events: Event[] = [];
  const getCredentials = (): Promise<Keys> => {
    const answer = answers[asked++];
    return answer ? answer() : Promise.reject(new Error('the script has ended'));
  };
  const load = vi.fn(async (): Promise<CredentialProvider> => ({ getCredentials }));
  const source = chainCredentials({
    loadProvider: load,
    monotonic: () => at,
    report: (event) => events.push(event),
    ...options,
  });
  return {
    load,
    events,
    questions: () => asked,
    source,
    passes: (ms: number) => {
      at += ms;
    },
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
