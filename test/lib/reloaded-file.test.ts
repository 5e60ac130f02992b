import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Parsed } from '../../src/lib/parsed.js';
import { openReloadedFile } from '../../src/lib/reloaded-file.js';
import { aFile } from '../support/a-file.js';
import { eventually } from '../support/programs.js';

/** Any text is good but "bad". */
const parse = (text: string): Parsed<string> =>
  text === 'bad'
    ? { ok: false, problems: ['It is bad.', 'It is very bad.'] }
    : { ok: true, value: text };

async function opened(path: string, everyMs = 5) {
  const told: string[][] = [];
  const onProblem = (reasons: readonly string[]) => void told.push([...reasons]);
  const file = await openReloadedFile({ path, parse, onProblem, everyMs });
  return { ...file, told, [Symbol.dispose]: file.close };
}

describe('a reloaded file', () => {
  test('is looked at by itself', async () => {
    await using file = await aFile('one');
    using reloaded = await opened(file.path, 5);
    expect(reloaded.current()).toBe('one');
    await file.write('two');
    expect(await eventually(() => (reloaded.current() === 'two' ? true : undefined))).toBe(true);
  });

  test('is not looked at any more once it is closed', async () => {
    await using file = await aFile('one');
    const reloaded = await opened(file.path, 1);
    reloaded.close();
    await file.write('two');
    // One that looks as often has seen it by then.
    using other = await opened(file.path, 1);
    await file.write('three');
    expect(await eventually(() => (other.current() === 'three' ? true : undefined))).toBe(true);
    expect(reloaded.current()).toBe('one');
  });

  test('is seen to have changed when it is written, replaced, or keeps its length', async () => {
    await using file = await aFile('one');
    using reloaded = await opened(file.path);
    for (const text of ['two', 'three', 'seven']) {
      await file.write(text);
      await expect.poll(reloaded.current).toBe(text);
    }
    await file.replace('eight');
    await expect.poll(reloaded.current).toBe('eight');
  });

  test('is seen to have changed when a link on the way to it points elsewhere, as in Kubernetes', async () => {
    await using file = await aFile('unused');
    for (const name of ['first', 'second']) {
      await mkdir(join(file.folder, name));
      await writeFile(join(file.folder, name, 'keys'), name);
    }
    await symlink('first', join(file.folder, 'data'));
    await symlink('data/keys', join(file.folder, 'keys'));
    using reloaded = await opened(join(file.folder, 'keys'));
    await symlink('second', join(file.folder, 'data.new'));
    await rename(join(file.folder, 'data.new'), join(file.folder, 'data'));
    await expect.poll(reloaded.current).toBe('second');
  });

  test('a reloaded file that is broken leaves the last good one, is reported once, and heals', async () => {
    await using file = await aFile('one');
    using reloaded = await opened(file.path);
    await file.replace('bad');
    await expect.poll(reloaded.status).toBe('failing');
    await pause(30);
    expect(reloaded.current()).toBe('one');
    expect(reloaded.told).toEqual([['It is bad.', 'It is very bad.']]);
    await file.remove();
    await expect.poll(() => reloaded.told.length).toBe(2);
    await pause(30);
    expect(reloaded.current()).toBe('one');
    expect(reloaded.told.slice(1)).toEqual([['It could not be read (ENOENT).']]);
    await file.replace('two');
    await expect.poll(reloaded.status).toBe('ok');
    expect(reloaded.current()).toBe('two');
    expect(reloaded.told).toHaveLength(2);
  });

  test('may begin with a byte order mark', async () => {
    await using file = await aFile('\ufeffone');
    using reloaded = await opened(file.path);
    expect(reloaded.current()).toBe('one');
  });

  test('a reloaded file that is useless at the start is refused, and all its problems are named', async () => {
    await using file = await aFile('bad');
    await expect(opened(file.path)).rejects.toThrow('It is bad.\nIt is very bad.');
    await expect(opened(`${file.path}.none`)).rejects.toThrow('It could not be read (ENOENT).');
    await expect(opened(file.folder)).rejects.toThrow('It is not a file.');
    await file.write('x'.repeat(8 * 1024 * 1024 + 1));
    await expect(opened(file.path)).rejects.toThrow('It is larger than 8 MB.');
  });
});
