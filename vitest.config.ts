import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Else vitest loads graphql twice: its ES module here, its CommonJS one in the dependencies.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
