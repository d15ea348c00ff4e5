import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runAction } from '../../src/action.ts'
import { headOf, readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { run } from '../../src/process.ts'
import { compareOnGitHub } from './ancestry.ts'
import { deployPages } from './deploy-pages.ts'
import { parseInputs } from './inputs.ts'
import { createPages } from './pages.ts'

await runAction(async (runner) => {
  const inputs = parseInputs(runner.input)
  const { apiToken, accountId, githubToken } = inputs
  const { signal } = runner
  const context = readContext(runner.env)
  const apiBaseUrl = runner.env['CLOUDFLARE_API_BASE_URL'] || 'https://api.cloudflare.com/client/v4'
  const pagesWithin = (limit: AbortSignal) => createPages({ apiToken, accountId, apiBaseUrl }, { fetch, signal: limit })
  const github =
    githubToken === undefined ? undefined : createGitHub(githubToken, { ...runner, apiUrl: context.apiUrl })
  return deployPages(inputs, {
    runner,
    head: headOf(context),
    runAttempt: context.runAttempt,
    pages: pagesWithin(signal),
    pagesWithin,
    compare: compareOnGitHub(github, context, signal),
    apiBaseUrl,
    run,
    fetch,
    shippedWrangler: join(dirname(fileURLToPath(import.meta.url)), 'wrangler'),
  })
})
