import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/matrix/**'], // minutes long: vitest.matrix.config.ts
    setupFiles: ['test/support/exchanges-setup.ts'],
    // The tests run real programs: the bundles, wrangler, npm and git.
    // They wait more than they compute: for servers, pauses between requests, and other programs.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/slipway/test-report.json' }]],
  },
})
