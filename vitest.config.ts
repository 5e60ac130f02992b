import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Else vitest loads graphql twice: its ES module here, its CommonJS one in the dependencies.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    // Nothing here is global: the modules of one file serve the next, which saves a quarter of the time.
    isolate: false,
    // Most tests wait for sockets and processes: a worker for each core, and time on a busy machine.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
