/** The long tests, which take minutes with the real wrangler: every fault at every request. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/matrix/**/*.test.ts'],
    setupFiles: ['test/support/exchanges-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // Each runs wrangler, or whole workflows; more at once would only measure the machine.
    maxConcurrency: 4,
    maxWorkers: 2,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/slipway/matrix-report.json' }]],
  },
})
