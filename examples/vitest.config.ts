import relay from 'vite-plugin-relay';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [relay],
  test: {
    include: ['{catalog,clients,gateways,support}/**/*.test.{ts,tsx}'],
    globalSetup: 'support/generate.ts',
    maxWorkers: 2,
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
