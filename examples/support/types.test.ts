import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');

test('every example agrees with the types that were generated from the schema', () => {
  const { stdout } = spawnSync(process.execPath, [TSC], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
}, 180_000);
