import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiKeys, parseApiKeys } from '../../src/auth/api-keys.js';
import type { Headers } from '../../src/auth/authenticator.js';
import { aFile, type TestFile } from '../support/a-file.js';
import { identify } from './issuer.js';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const entry = (client: string, key: string, more: Record<string, unknown> = {}) => ({
  ...{ client, sha256: sha256(key) },
  ...more,
});

const ALL = { kind: 'all' };

async function openKeys(path: string) {
  const told: string[][] = [];
  const keys = await openApiKeys({
    path,
    isPublic: false,
    everyMs: 5,
    onProblem: (problem, reasons) => void told.push([problem, ...reasons]),
  });
  const who = async (key: string) => {
    const outcome = await identify(keys, { 'x-api-key': key });
    return typeof outcome === 'string' ? outcome : [outcome.client, outcome.view];
  };
  return { ...keys, told, who, [Symbol.dispose]: keys.close };
}

describe('API keys', () => {
  let file: TestFile;
  beforeAll(async () => {
    file = await aFile(
      JSON.stringify([
        entry('batch', 'batch-old'),
        entry('batch', 'batch-new'),
        entry('team', 'team-key', { workspaces: ['20', '3', '20'] }),
        entry('nobody', 'nobody-key', { workspaces: [] }),
      ]),
    );
  });
  afterAll(() => file[Symbol.asyncDispose]());

  test('name their client, of which several may be one, and its workspaces', async () => {
    using keys = await openKeys(file.path);
    expect(await keys.who('batch-old')).toEqual(['api-key:batch', ALL]);
    expect(await keys.who('batch-new')).toEqual(['api-key:batch', ALL]);
    expect(await keys.who('team-key')).toEqual([
      'api-key:team',
      { kind: 'workspaces', ids: ['20', '3'] },
    ]);
    expect(await keys.who('nobody-key')).toEqual([
      'api-key:nobody',
      { kind: 'workspaces', ids: [] },
    ]);
  });

  test('API keys that are in no file are wrong, and none is absent', async () => {
    using keys = await openKeys(file.path);
    const wrong = [
      ...[
        '',
        ' ',
        'none',
        'batch-old ',
        ' batch-old',
        'BATCH-OLD',
        'batch-ol',
        'batch-old,batch-new',
      ],
      ...['batch-old, batch-new', sha256('batch-old'), 'x'.repeat(513), 'bätch-old', 'batch-old\0'],
    ];
    for (const key of wrong) expect([key, await keys.who(key)]).toEqual([key, 'invalid']);
    expect(await identify(keys, {})).toBe('absent');
    expect(await identify(keys, { 'x-api-keys': 'batch-old' })).toBe('absent');
  });

  test('API keys that come twice are wrong, also twice the same', async () => {
    using keys = await openKeys(file.path);
    expect(await identify(keys, { 'x-api-key': ['batch-old'] })).toMatchObject({
      client: 'api-key:batch',
    });
    expect(await identify(keys, { 'x-api-key': ['batch-old', 'batch-old'] })).toBe('invalid');
    expect(await identify(keys, { 'x-api-key': ['none', 'batch-old'] })).toBe('invalid');
  });

  test('never let anything else in, and nothing makes them throw', async () => {
    using keys = await openKeys(file.path);
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string()),
      fc.constant(undefined),
      fc.stringMatching(/^(batch|team|nobody)-(old|new|key)?.{0,3}$/),
    );
    const known = ['batch-old', 'batch-new', 'team-key', 'nobody-key'];
    await fc.assert(
      fc.asyncProperty(
        fc.record({ 'x-api-key': value, 'x-other': value }),
        async (headers: Headers) => {
          const key = [headers['x-api-key']].flat();
          fc.pre(key.length !== 1 || !known.includes(String(key[0])));
          expect(typeof (await identify(keys, headers))).toBe('string');
        },
      ),
    );
  });

  test('come and go with the file; a broken one changes nothing and says so', async () => {
    await using changing = await aFile(JSON.stringify([entry('a', 'key-a')]));
    using keys = await openKeys(changing.path);
    await changing.replace(JSON.stringify([entry('a', 'key-a'), entry('b', 'key-b')]));
    await expect.poll(() => keys.who('key-b')).toEqual(['api-key:b', ALL]);
    await changing.replace('[{"client":"c"');
    await expect.poll(() => keys.status()).toBe('failing');
    expect(await keys.who('key-b')).toEqual(['api-key:b', ALL]);
    expect(keys.told).toEqual([
      ['api_keys_unreadable', 'It must be a JSON list of {"client", "sha256", "workspaces"?}.'],
    ]);
    await changing.replace(JSON.stringify([entry('b', 'key-b')]));
    await expect.poll(() => keys.who('key-a')).toBe('invalid');
    expect(await keys.who('key-b')).toEqual(['api-key:b', ALL]);
    expect(keys.told).toHaveLength(1);
  });

  test('stay when the file becomes empty, which says so', async () => {
    await using changing = await aFile(JSON.stringify([entry('a', 'key-a')]));
    using keys = await openKeys(changing.path);
    await changing.replace('[]');
    await expect.poll(() => keys.status()).toBe('failing');
    expect(await keys.who('key-a')).toEqual(['api-key:a', ALL]);
    expect(keys.told).toEqual([['api_keys_unreadable', 'It must hold at least one key.']]);
  });
});

describe('a file of API keys', () => {
  const problemsOf = (content: unknown, isPublic = false) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const parsed = parseApiKeys(text, isPublic);
    return parsed.ok ? [] : parsed.problems;
  };

  test('has all its problems named together, by index and field', () => {
    const upper = sha256('x').toUpperCase();
    const content = [
      entry('good', 'good'),
      { client: 'two words', sha256: upper },
      { sha256: sha256('y'), workspaces: null },
      entry('d', 'd', { workspaces: ['1', 2, ''] }),
      entry('e', 'e', { [upper]: true }),
      'text',
      null,
    ];
    expect(problemsOf(content)).toEqual([
      '[1].client must be 1 to 64 letters, digits or any of . _ - @ : /.',
      '[1].sha256 must be 64 lower-case hex digits.',
      '[2].client must be 1 to 64 letters, digits or any of . _ - @ : /.',
      '[2].workspaces must be left out (all) or a list of workspace ids as texts ([] is none).',
      '[3].workspaces must be left out (all) or a list of workspace ids as texts ([] is none).',
      '[4] has a field other than client, sha256, workspaces.',
      '[5] must be an object.',
      '[6] must be an object.',
    ]);
    expect(problemsOf(content).join().toLowerCase()).not.toContain(sha256('x'));
  });

  test('must not give one key to two entries', () => {
    const content = [entry('a', 'k'), entry('b', 'other'), entry('c', 'k'), entry('a', 'k')];
    expect(problemsOf(content)).toEqual([
      '[2].sha256 is the same as [0].sha256.',
      '[3].sha256 is the same as [0].sha256.',
    ]);
  });

  test('must limit no key to workspaces where answers are cached for all callers', () => {
    const limited = { workspaces: ['20'] };
    const content = [
      entry('a', 'a'),
      entry('b', 'b', limited),
      entry('c', 'c', { workspaces: [] }),
    ];
    expect(problemsOf(content, true)).toEqual([
      '[1].workspaces must be left out with CACHE_CONTROL_SCOPE=public.',
      '[2].workspaces must be left out with CACHE_CONTROL_SCOPE=public.',
    ]);
    expect(problemsOf(content)).toEqual([]);
  });

  test.each(['', 'x', '{}', 'null', '"[]"', '{"keys":[]}'])('must be a JSON list: %s', (text) => {
    expect(problemsOf(text)).toEqual([
      'It must be a JSON list of {"client", "sha256", "workspaces"?}.',
    ]);
  });

  test('is refused at the start when it is of no use', async () => {
    await using file = await aFile('[{"client":"a","sha256":"short"}]');
    await expect(openKeys(file.path)).rejects.toThrow(
      '[0].sha256 must be 64 lower-case hex digits.',
    );
    await file.write('[]');
    await expect(openKeys(file.path)).rejects.toThrow('It must hold at least one key.');
  });
});
