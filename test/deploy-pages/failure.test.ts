import { expect, it } from 'vitest'
import { explainFailure } from '../../actions/deploy-pages/failure.ts'

const subject = { project: 'site', accountId: 'a1', timeout: 600_000 }
const run = { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: '', duration: 2000 } as const
const failed = { kind: 'failed', code: undefined, message: undefined, retryAfter: undefined, run } as const

it('names the refused token even when wrangler recorded the refusal of its own next question', () => {
  const stderr = 'A request failed.\n  Authentication error [code: 10000]\n  Unauthorized [code: 9109]\n'
  const error = explainFailure({ ...failed, code: 9109, run: { ...run, stderr } }, subject)
  expect(error.message).toMatch(/^Cloudflare refused the API token \(code 10000\)\./)
  expect(error.hint).toContain('Cloudflare Pages > Edit')
})

it('quotes what wrangler recorded when its code needs no words', () => {
  const error = explainFailure({ ...failed, code: 4242, message: 'Something new.' }, subject)
  expect(error.message).toBe('wrangler made no deployment (exit code 1).\n  Something new.')
})

it('quotes the end of the output when wrangler recorded nothing', () => {
  const lost = { ...run, outcome: 'killed', exitCode: null, signal: 'SIGKILL', stdout: 'one\ntwo\n\n' } as const
  const error = explainFailure({ ...failed, run: lost }, subject)
  expect(error.message).toBe('wrangler made no deployment (ended by SIGKILL).\n  one\n  two')
})

it('says that an exit code of 0 is no success', () => {
  const error = explainFailure({ ...failed, run: { ...run, exitCode: 0, stdout: 'Success!\n' } }, subject)
  expect(error.message).toBe('wrangler made no deployment (exit code 0).\n  Success!')
})
