// The version is written in package.json; this compares every other place that has to name it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { REPO_ROOT } from '../support/programs.js';

const read = (path: string) => readFileSync(join(REPO_ROOT, path), 'utf8');
const { version } = JSON.parse(read('package.json'));

test('the lockfile, the changelog, the manifests and the commands of docs/deploy.md name one version', () => {
  expect(JSON.parse(read('package-lock.json')).version).toBe(version);
  expect(/^## (.*)$/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version);
  const [image] = parse(read('deploy/kubernetes/base/kustomization.yaml')).images;
  expect(image).toEqual({ name: 'pai-model-graph', newTag: version });
  const named = read('docs/deploy.md').match(/(?<![\d.])0\.\d+\.\d+\b/g);
  expect([...new Set(named)]).toEqual([version]);
});
