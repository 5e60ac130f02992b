// The workflows of GitHub, which cannot run here: the Node versions, the commands and what a release publishes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { REPO_ROOT } from '../support/programs.js';

const read = (path: string) => readFileSync(join(REPO_ROOT, path), 'utf8');
const jobsOf = (name: string) => parse(read(`.github/workflows/${name}.yml`)).jobs;
const runsOf = ({ steps }: { steps: { run?: string }[] }) => steps.flatMap(({ run }) => run ?? []);

test('each push is tested on the oldest Node that package.json allows, on 22, on 24, and by .ci/run', () => {
  const jobs = jobsOf('ci');
  const { engines } = JSON.parse(read('package.json'));
  const [, oldest] = /^>=(\d+)/.exec(engines.node) ?? [];
  expect(jobs.test.strategy.matrix.node).toEqual([Number(oldest), 22, 24]);
  expect(runsOf(jobs.test)).toEqual(['npm cit', 'npm run check']);
  expect(runsOf(jobs.all)).toEqual(['.ci/run']);
  for (const major of ['22', '24']) expect(read('.ci/run')).toContain(`on_node ${major} `);
});

test('a release pushes an image for two platforms, with SBOM and provenance, after .ci/run', () => {
  const jobs = jobsOf('release');
  const steps: { run?: string; uses?: string; with?: object }[] = jobs.image.steps;
  expect(
    steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'))?.with,
  ).toMatchObject({
    platforms: 'linux/amd64,linux/arm64',
    sbom: true,
    provenance: 'mode=max',
  });
  expect([jobs.image.needs, jobs.package.needs]).toEqual(['check', 'check']);
  expect(jobs.check.steps.at(-1).run).toBe('.ci/run');
});
