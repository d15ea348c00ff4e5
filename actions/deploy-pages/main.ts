import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runAction } from '../../src/action.ts'
import { apiBaseUrlOf, createCloudflare } from '../../src/cloudflare.ts'
import { headOf, readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { run } from '../../src/process.ts'
import { compareOnGitHub } from './ancestry.ts'
import { deployPages } from './deploy-pages.ts'
import { createPages } from './pages.ts'
import { readInputs } from './read-inputs.ts'
import { findBranchOnGitHub } from './trust.ts'

await runAction(async (runner) => {
  const context = readContext(runner.env)
  const inputs = readInputs(runner, context)
  const { apiToken, accountId, githubToken } = inputs
  const { signal } = runner
  const apiBaseUrl = apiBaseUrlOf(runner.env)
  const pagesWithin = (limit: AbortSignal) =>
    createPages(createCloudflare({ apiToken, apiBaseUrl }, { fetch, signal: limit }), accountId)
  const github =
    githubToken === undefined ? undefined : createGitHub(githubToken, { ...runner, apiUrl: context.apiUrl })
  return deployPages(inputs, {
    runner,
    head: headOf(context),
    runId: context.runId,
    runAttempt: context.runAttempt,
    pages: pagesWithin(signal),
    pagesWithin,
    compare: compareOnGitHub(github, context, signal),
    findBranch: findBranchOnGitHub(github, context, signal),
    apiBaseUrl,
    run,
    fetch,
    shippedWrangler: join(dirname(fileURLToPath(import.meta.url)), 'wrangler'),
  })
})
