// The Dockerfile as a text: image.test.ts follows its steps.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { SETTINGS } from '../../src/config/settings.js';
import { REPO_ROOT } from '../support/programs.js';
import { contextNames, DOCKERFILE, describeImage, imageEnvironment } from './dockerfile.js';

test('the Dockerfile has no lint', () => {
  expect(validate(DOCKERFILE).map(({ message, range }) => [range.start.line + 1, message])).toEqual(
    [],
  );
});

test('the image runs node itself, as process 1 and as a user with a number', () => {
  const { command, entrypoint, user, workdir } = describeImage();
  expect(command).toEqual(['node', 'dist/main.js']);
  expect(entrypoint).toEqual([]);
  expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(workdir).toBe('/app');
});

test('the image needs no shell for its health', () => {
  expect(describeImage().healthcheck.slice(0, 2)).toEqual(['node', '-e']);
});

test('the image sets only settings that exist, for production', () => {
  const env = imageEnvironment();
  expect(Object.keys(env).filter((name) => !Object.hasOwn(SETTINGS, name))).toEqual([]);
  expect(env).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '4000' });
  // A gateway learns late that a pod ends.
  expect(env.SHUTDOWN_DELAY_MS).toBe('5000');
});

test('the image says what it is in OCI labels', () => {
  const names = ['title', 'description', 'licenses', 'version', 'revision'];
  expect(Object.keys(describeImage().labels)).toEqual(
    names.map((name) => `org.opencontainers.image.${name}`),
  );
});

test('.dockerignore admits what the Dockerfile copies, and nothing that is not there', () => {
  const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.*) \S+$/gm)]
    .flatMap(([, paths = '']) => paths.split(' '))
    .map((path) => path.replace(/\/$/, ''));
  expect(copied.sort()).toEqual(contextNames().sort());
  for (const name of copied)
    expect([name, existsSync(join(REPO_ROOT, name))]).toEqual([name, true]);
});
