import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Else vitest loads graphql twice: its ES module here, its CommonJS one in the dependencies.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for sockets and processes: a worker for each core, and time on a busy machine.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
