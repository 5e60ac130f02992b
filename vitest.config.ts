import { defineConfig } from 'vitest/config';

const SOAK = ['test/soak/**/*.test.ts'];
const FAILOVER = ['test/failover/**/*.test.ts'];
const DEPLOY = ['image', 'manifests', 'package'].map((name) => `test/deploy/${name}.test.ts`);

const suite = (
  name: string,
  include: string[],
  more: { exclude?: string[]; testTimeout?: number },
) => ({
  extends: true as const,
  test: { name, include, ...more },
});

export default defineConfig({
  resolve: {
    // Else vitest loads graphql twice: its ES module here, its CommonJS one in the dependencies.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    projects: [
      suite('tests', ['test/**/*.test.ts'], { exclude: [...SOAK, ...FAILOVER, ...DEPLOY] }),
      // Long walks and many random inputs, and what happens while Redis goes and comes: .ci/run runs them, too.
      suite('soak', SOAK, { testTimeout: 240_000 }),
      suite('failover', FAILOVER, { testTimeout: 120_000 }),
      // It installs packages, as an image and a user of the npm package do, and renders the manifests.
      suite('deploy', DEPLOY, { testTimeout: 240_000 }),
    ],
    globalSetup: 'test/support/build.ts',
    // Nothing here is global: the modules of one file serve the next, which saves a quarter of the time.
    isolate: false,
    // With more workers than cores, tests with deadlines would miss them.
    maxWorkers: 2,
    // For a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
