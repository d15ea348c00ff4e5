import { expect, it } from 'vitest'
import { explainFailure } from '../../actions/deploy-pages/failure.ts'

const subject = { project: 'site', accountId: 'a1', timeout: 600_000, standing: { kind: 'not made' } } as const
const run = { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: '', duration: 2000 } as const
const failed = {
  kind: 'failed',
  code: undefined,
  message: undefined,
  retryAfter: undefined,
  status: undefined,
  reach: 'uploading',
  run,
} as const

it('names the refused token even when wrangler recorded the refusal of its own next question', () => {
  const stderr = 'A request failed.\n  Authentication error [code: 10000]\n  Unauthorized [code: 9109]\n'
  const error = explainFailure({ ...failed, code: 9109, run: { ...run, stderr } }, subject)
  expect(error.message).toMatch(/^Cloudflare refused the API token \(code 10000\)\./)
  expect(error.hint).toContain('Cloudflare Pages > Edit')
})

it('names the code that decided, and not the one that was recorded', () => {
  const stderr = '  Something went wrong [code: 8000000]\n  Not found [code: 8000007]\n'
  const error = explainFailure({ ...failed, code: 8000000, run: { ...run, stderr } }, subject)
  expect(error.message).toMatch(/^There is no Pages project "site" in account a1 \(code 8000007\)\./)
})

it('names what keeps the site from being deployed even when a code that may pass stands beside it', () => {
  const stderr = '  Something went wrong [code: 8000000]\n  Build failed with 1 error:\n'
  const { hint } = explainFailure({ ...failed, code: 8000000, run: { ...run, stderr } }, subject)
  expect(hint).toMatch(/^Correct what the message names in functions\//)
})

it('says the remedy of a refused token even when it was refused for a file', () => {
  const stderr = 'A request to the Cloudflare API (/pages/assets/upload) failed.\n  Unauthorized [code: 10000]\n'
  const error = explainFailure({ ...failed, code: 10000, run: { ...run, stderr } }, subject)
  expect(error.message).toMatch(/^Cloudflare refused the API token \(code 10000\)\./)
})

it('quotes the beginning of a line that goes on and on, within seconds', () => {
  const started = performance.now()
  const message = `Build failed with 1 error:\nCould not resolve "${'a'.repeat(300_000)}"\n${'\u001b]'.repeat(150_000)}`
  const error = explainFailure({ ...failed, message, run: { ...run, stderr: message } }, subject)
  expect(error.message).toMatch(/\n {2}Could not resolve "a{1900,2000}…/)
  expect(error.message.length).toBeLessThan(10_000)
  expect(performance.now() - started).toBeLessThan(5000)
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

it('quotes what a crashed wrangler threw, and not its stack', () => {
  const stderr = `node:internal/modules/cjs/loader:1478
  throw err;
  ^

Error: Cannot find module 'esbuild'
Require stack:
- /w/node_modules/wrangler/bin/wrangler.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1475:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/w/node_modules/wrangler/bin/wrangler.js' ]
}

Node.js v24.21.0
`
  const error = explainFailure({ ...failed, run: { ...run, stderr } }, subject)
  expect(error.message).toBe(
    "wrangler made no deployment (exit code 1).\n  Error: Cannot find module 'esbuild'\n  Require stack:\n  - /w/node_modules/wrangler/bin/wrangler.js",
  )
  expect(error.hint).toMatch(/^Install the dependencies of the project again/)
})

it('quotes the status of an answer that is not the API, and says where to look', () => {
  const stderr =
    '✘ [ERROR] Received a malformed response from the API\n\n  <html>\n\n  POST /accounts/a1/pages/projects/site/deployments -> 403 Forbidden\n'
  const message = 'Received a malformed response from the API'
  const error = explainFailure({ ...failed, message, status: 403, run: { ...run, stderr } }, subject)
  expect(error.message).toMatch(/API\n {2}POST \/accounts\/\S+ -> 403 Forbidden$/)
  expect(error.hint).toMatch(/^Look at what stands between this runner and api\.cloudflare\.com/)
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

it('does not blame the network of the runner for what Cloudflare refused again and again', () => {
  const error = explainFailure(
    { kind: 'timed-out', refusal: 'Authorization failed [code: 8000013]', reach: 'uploading', run },
    subject,
  )
  expect(error.message).toContain("Cloudflare's last answer to it was: Authorization failed [code: 8000013].")
  expect(error.hint).toMatch(/Run the job again; if it stays, see www\.cloudflarestatus\.com\.$/)
  expect(error.hint).not.toContain('network')
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
