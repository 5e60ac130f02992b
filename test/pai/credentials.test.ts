// Shows that one question at a time is put to a provider and that a failed provider is replaced; every provider here is a script.
import { describe, expect, it, vi } from 'vitest';
import {
  type CredentialProvider,
  chainCredentials,
  staticCredentials,
} from '../../src/pai/credentials.js';

const FIXED_TEXT = 'No credentials for the model registry could be obtained.';

describe('staticCredentials', () => {
  it('gives the same keys, also after a refresh', async () => {
    const keys = { accessKeyId: 'id', accessKeySecret: 'secret' };
    const source = staticCredentials(keys);
    source.refresh();
    expect(await source.get()).toEqual(keys);
    expect(source.status()).toBe('ok');
  });
});

describe('chainCredentials over a provider', () => {
  it('asks nothing before the first get', () => {
    const { load, source } = scripted([]);
    expect(load).not.toHaveBeenCalled();
    expect(source.status()).toBe('unknown');
  });

  it('has one question under way however many callers wait', async () => {
    const slow = deferred<Keys>();
    const { load, questions, source } = scripted([() => slow.promise]);
    const waiting = Array.from({ length: 10 }, () => source.get());
    slow.resolve(keys('a'));
    expect(new Set((await Promise.all(waiting)).map((k) => k.accessKeyId))).toEqual(new Set(['a']));
    expect(load).toHaveBeenCalledTimes(1);
    expect(questions()).toBe(1);
  });

  it('asks a settled provider again for each get, so that the provider can renew', async () => {
    const { load, source } = scripted([async () => keys('a'), async () => keys('b')]);
    expect((await source.get()).accessKeyId).toBe('a');
    expect((await source.get()).accessKeyId).toBe('b');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('leaves out a security token that the provider does not have', async () => {
    const { source } = scripted([async () => ({ ...keys('a'), securityToken: '' })]);
    expect(await source.get()).toEqual({ accessKeyId: 'a', accessKeySecret: 'secret of a' });
  });

  it('builds a new provider after a failure and recovers', async () => {
    const { load, source } = scripted([failing, async () => keys('a')]);
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
    expect(source.status()).toBe('failing');
    expect((await source.get()).accessKeyId).toBe('a');
    expect(source.status()).toBe('ok');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('treats keys with an empty secret as a failure', async () => {
    const { source } = scripted([async () => ({ accessKeyId: 'a', accessKeySecret: '' })]);
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
  });

  it('recovers when the package itself could not be loaded', async () => {
    const load = vi
      .fn<() => Promise<CredentialProvider>>()
      .mockRejectedValueOnce(new Error('Cannot find package'))
      .mockResolvedValueOnce({ getCredentials: async () => keys('a') });
    const source = chainCredentials(load);
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
    expect((await source.get()).accessKeyId).toBe('a');
  });

  it('gives up on a provider that hangs, for every caller, and asks a new one next', async () => {
    const { load, source } = scripted([() => new Promise(() => {}), async () => keys('a')], 20);
    const outcomes = await Promise.allSettled([source.get(), source.get()]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(source.status()).toBe('failing');
    expect((await source.get()).accessKeyId).toBe('a');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('builds a new provider after a refresh', async () => {
    const { load, source } = scripted([async () => keys('a'), async () => keys('b')]);
    await source.get();
    source.refresh();
    expect((await source.get()).accessKeyId).toBe('b');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('keeps the outcome of a question that a refresh has set aside away from the next', async () => {
    const old = deferred<Keys>();
    const { load, source } = scripted([
      async () => keys('a'),
      () => old.promise,
      async () => keys('b'),
      async () => keys('c'),
    ]);
    await source.get();
    const stale = source.get();
    source.refresh();
    expect((await source.get()).accessKeyId).toBe('b');
    old.reject(new Error('too late'));
    await expect(stale).rejects.toThrow(FIXED_TEXT);
    expect(source.status()).toBe('ok');
    expect((await source.get()).accessKeyId).toBe('c');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('starts one question for a burst of refreshes', async () => {
    const { questions, source } = scripted([async () => keys('a'), async () => keys('b')]);
    await source.get();
    const retried = [1, 2, 3].map(() => {
      source.refresh();
      return source.get();
    });
    expect((await Promise.all(retried)).map((k) => k.accessKeyId)).toEqual(['b', 'b', 'b']);
    expect(questions()).toBe(2);
  });
});

type Keys = Awaited<ReturnType<CredentialProvider['getCredentials']>>;

function keys(name: string): Keys {
  return { accessKeyId: name, accessKeySecret: `secret of ${name}` };
}

async function failing(): Promise<Keys> {
  throw new Error('get sts token failed, message = {"AccessKeySecret":"leaked"}');
}

/** Providers that share one script of answers, and counts of what was asked of them. */
function scripted(answers: ReadonlyArray<() => Promise<Keys>>, timeoutMs?: number) {
  let asked = 0;
  const getCredentials = (): Promise<Keys> => {
    const answer = answers[asked++];
    return answer ? answer() : Promise.reject(new Error('the script has ended'));
  };
  const load = vi.fn(async (): Promise<CredentialProvider> => ({ getCredentials }));
  return { load, questions: () => asked, source: chainCredentials(load, timeoutMs) };
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
