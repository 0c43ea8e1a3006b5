import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/setup/global.ts'],
    pool: 'forks',
    // Tests wait for databases, browsers and vendors more than they compute: two cores keep two files busy.
    maxWorkers: '100%',
    // How long a test may hang, not how fast the product is: that, where it is promised, a test measures itself.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000, interval: 50 } },
  },
});
