import { expect, it } from 'vitest'
import { explainFailure } from '../../actions/deploy-pages/failure.ts'

const subject = { project: 'site', accountId: 'a1', timeout: 600_000, standing: { kind: 'not made' } } as const
const run = { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: '', duration: 2000 } as const
const failed = {
  kind: 'failed',
  code: undefined,
  message: undefined,
  retryAfter: undefined,
  reach: 'uploading',
  run,
} as const

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

it('leaves out colours, marks, and what has been said already', () => {
  const stderr = '\u001b[31m✘ \u001b[41;97m[ERROR]\u001b[0m \u001b[1mSomething new.\u001b[0m\n\n  No. [code: 4242]\n'
  const error = explainFailure({ ...failed, message: 'Something new.', run: { ...run, stderr } }, subject)
  expect(error.message).toBe('wrangler made no deployment (exit code 1).\n  Something new.\n  No. [code: 4242]')
})

it('takes what was said out of an object that wrangler prints', () => {
  const stderr =
    '✘ [ERROR] Failed to upload files. Please try again. Error: {"text":"A request failed.","notes":[{"text":"fetch failed"}]})\n'
  const error = explainFailure({ ...failed, run: { ...run, stderr } }, subject)
  expect(error.message).toBe(
    'wrangler made no deployment (exit code 1).\n  Failed to upload files. Please try again.\n  A request failed.\n  fetch failed',
  )
})

it('quotes the last line of progress only', () => {
  const stdout = 'Uploading... (0/9)\nUploading... (4/9)\nUploading... (8/9)\n'
  const error = explainFailure(
    { kind: 'timed-out', refusal: undefined, reach: 'uploading', run: { ...run, stdout } },
    subject,
  )
  expect(error.message).toBe('wrangler did not end within 10 min and was killed.\n  Uploading... (8/9)')
})

it('says that the deployment failed when Cloudflare took it and cannot say which one it was', () => {
  const message = 'Deployment failed!\n\tScript startup exceeded memory'
  const error = explainFailure(
    { ...failed, code: 1, message, reach: 'taken' },
    { ...subject, standing: { kind: 'taken' } },
  )
  expect(error.message).toBe(
    'Cloudflare took the upload, but the deployment failed:\n  Deployment failed!\n  Script startup exceeded memory',
  )
})
