import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runAction } from '../../src/action.ts'
import { headOf, readContext } from '../../src/context.ts'
import { run } from '../../src/process.ts'
import { deployPages } from './deploy-pages.ts'
import { parseInputs } from './inputs.ts'
import { createPages } from './pages.ts'

await runAction(async (runner) => {
  const inputs = parseInputs(runner.input)
  const apiBaseUrl = runner.env['CLOUDFLARE_API_BASE_URL'] || 'https://api.cloudflare.com/client/v4'
  return deployPages(inputs, {
    runner,
    head: headOf(readContext(runner.env)),
    pages: createPages({ ...inputs, apiBaseUrl }, { fetch, signal: runner.signal }),
    apiBaseUrl,
    run,
    fetch,
    shippedWrangler: join(dirname(fileURLToPath(import.meta.url)), 'wrangler'),
  })
})
