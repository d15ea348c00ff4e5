/** Which failures pass by themselves: every code and message of wrangler and Cloudflare that is known to say. */
import { describe, expect, it } from 'vitest'
import { classify, classifyStage, type Evidence, type Verdict } from '../../actions/deploy-pages/classify.ts'
import { CODES, explainCode } from '../../actions/deploy-pages/codes.ts'

const evidence: Evidence = {
  outcome: 'exited',
  exitCode: 1,
  codes: [],
  text: '',
  status: undefined,
  retryAfter: undefined,
}
const malformed = (status: string) =>
  `Received a malformed response from the API\n  <html>\n  POST /accounts/a/pages/projects/site/deployments -> ${status}`

type Row = readonly [name: string, more: Partial<Evidence>, kind: Verdict['kind'], cause: RegExp]

const TABLE: readonly Row[] = [
  // It may pass by itself.
  ['code 8000000', { codes: [8000000] }, 'transient', /failed without a reason \(code 8000000\)/],
  ['code 8000000, as the exit code 0 that it becomes', { codes: [8000000], exitCode: 0 }, 'transient', /8000000/],
  ['code 8000013', { codes: [8000013] }, 'transient', /upload token was refused \(code 8000013\)/],
  ['HTTP 502 without an envelope', { text: malformed('502 Bad Gateway') }, 'transient', /HTTP 502/],
  ['HTTP 503 without an envelope', { text: malformed('503 Service Unavailable') }, 'transient', /HTTP 503/],
  ['HTTP 504 without an envelope', { text: malformed('504 Gateway Timeout') }, 'transient', /HTTP 504/],
  ['HTTP 408 without an envelope', { text: malformed('408 Request Timeout') }, 'transient', /HTTP 408/],
  ['HTTP 525 without an envelope', { text: malformed('525 ') }, 'transient', /HTTP 525/],
  ['a connection that cannot be made', { text: 'fetch failed' }, 'transient', /connection to Cloudflare failed/],
  ['a connection that is reset', { text: 'read ECONNRESET' }, 'transient', /connection/],
  ['a connection that is closed early', { text: 'other side closed' }, 'transient', /connection/],
  ['a body that is cut off', { text: 'terminated' }, 'transient', /connection/],
  [
    'a body that is cut off, of an upload',
    { text: '✘ [ERROR] Failed to upload files. Please try again. Error: {})' },
    'transient',
    /connection/,
  ],
  [
    'a name that cannot be resolved',
    { text: "Unable to resolve Cloudflare's API hostname (api.cloudflare.com or dash.cloudflare.com)." },
    'transient',
    /connection/,
  ],
  ['a connect timeout', { text: 'UND_ERR_CONNECT_TIMEOUT' }, 'transient', /connection/],
  ['an API that does not answer', { text: "The request to Cloudflare's API timed out." }, 'transient', /connection/],
  ['HTTP 429', { codes: [971], retryAfter: 30_000 }, 'transient', /limits the rate/],
  ['code 10429', { codes: [10429] }, 'transient', /limits the rate/],
  ['HTTP 429 with a code that nobody knows', { codes: [4242], status: 429 }, 'transient', /limits the rate/],
  [
    'HTTP 503 with a code that nobody knows',
    { codes: [10013], status: 503 },
    'transient',
    /^Cloudflare answered with HTTP 503$/,
  ],
  [
    'a code that nobody knows, with a time to come again',
    { codes: [4242], status: 400, retryAfter: 30_000 },
    'transient',
    /^Cloudflare asks to wait$/,
  ],
  [
    'code 8000000 with a time to come again, which is no limit',
    { codes: [8000000], status: 500, retryAfter: 2000 },
    'transient',
    /^Cloudflare failed without a reason \(code 8000000\)$/,
  ],
  ['HTTP 429 without an envelope', { text: malformed('429 Too Many Requests') }, 'transient', /limits the rate/],
  ['a stall', { outcome: 'timed-out', exitCode: null }, 'transient', /did not end in time$/],
  [
    'an upload token that is refused without end',
    { outcome: 'timed-out', exitCode: null, codes: [8000013] },
    'transient',
    /did not end in time: the upload token was refused/,
  ],
  [
    'a gateway that answers for minutes',
    { outcome: 'timed-out', exitCode: null, text: 'HTTP 502' },
    'transient',
    /did not end in time: Cloudflare answered with HTTP 502/,
  ],
  // Once.
  [
    'Functions that could not be published',
    { text: 'Failed to publish your Function. Got error: Unknown internal error occurred.' },
    'once',
    /could not publish the Functions/,
  ],
  ['a wrangler that was killed', { outcome: 'killed', exitCode: null }, 'once', /something ended wrangler/],
  ['a child of wrangler that was killed', { exitCode: 137 }, 'once', /something ended wrangler/],
  // Not by itself.
  ['code 8000007', { codes: [8000007] }, 'permanent', /project does not exist \(code 8000007\)/],
  [
    'a project that wrangler does not find',
    { text: 'The Pages project "site" does not exist.' },
    'permanent',
    /project does not exist/,
  ],
  ['code 10000', { codes: [10000] }, 'permanent', /token was refused \(code 10000\)/],
  [
    'code 10000, though wrangler recorded the refusal of its next question',
    { codes: [9109, 10000] },
    'permanent',
    /token was refused \(code 10000\)/,
  ],
  ['code 9106', { codes: [9106] }, 'permanent', /not recognised \(code 9106\)/],
  ['code 7003', { codes: [7003] }, 'permanent', /account is not known \(code 7003\)/],
  ['code 7000', { codes: [7000] }, 'permanent', /account is not known \(code 7000\)/],
  ['a large file', { text: 'Error: Pages only supports files up to 25 MiB in size' }, 'permanent', /too large/],
  [
    'many files',
    { text: 'Error: Pages only supports up to 20,000 files in a deployment for your current plan.' },
    'permanent',
    /too many files/,
  ],
  [
    'a missing directory',
    { text: 'The directory "dist" passed to `wrangler pages deploy` does not exist or is not a directory.' },
    'permanent',
    /folder does not exist/,
  ],
  ['a file that is gone', { text: "ENOENT: no such file or directory, scandir 'dist'" }, 'permanent', /file or folder/],
  ['a bad _routes.json', { text: 'Invalid _routes.json file found at: dist' }, 'permanent', /_routes\.json/],
  ['Functions that cannot be built', { text: 'Build failed with 1 error:' }, 'permanent', /could not be built/],
  [
    'a Worker that starts too slowly',
    { text: 'Error: Script startup exceeded CPU time limit.' },
    'permanent',
    /takes too much to start/,
  ],
  [
    'a Worker that starts too slowly, inside the words for what is tried once more',
    { text: 'Failed to publish your Function. Got error: Error: Script startup exceeded CPU time limit.' },
    'permanent',
    /takes too much to start/,
  ],
  [
    'a Worker that is too large to start',
    {
      text: 'Failed to publish your Function. Got error: Script startup timed out. This could be due to script exceeding size limits or expensive code in the global scope.',
    },
    'permanent',
    /takes too much to start/,
  ],
  [
    'a certificate of an unknown authority, beside the words for a lost connection',
    {
      text: 'fetch failed\nWrangler detected that a corporate proxy or VPN might be enabled on your machine, resulting in API calls failing due to a certificate mismatch.',
    },
    'permanent',
    /certificate of Cloudflare's API is not trusted/,
  ],
  [
    "a certificate of an unknown authority in the words of Node's TLS",
    { text: 'fetch failed (unable to get local issuer certificate)' },
    'permanent',
    /certificate of Cloudflare's API is not trusted/,
  ],
  [
    'Functions that throw as they start',
    { text: 'Failed to publish your Function. Got error: Uncaught TypeError: a is not a function' },
    'permanent',
    /^the Functions could not be published$/,
  ],
  [
    'HTTP 403 without an envelope',
    { text: malformed('403 Forbidden'), status: 403 },
    'permanent',
    /^something before Cloudflare's API answered with HTTP 403$/,
  ],
  ['HTTP 413 without an envelope', { text: malformed('413 Payload Too Large') }, 'permanent', /HTTP 413/],
  [
    'a page of the firewall before the API',
    { text: 'The Cloudflare API responded with a WAF block page\n  POST /accounts/a -> 403 Forbidden' },
    'permanent',
    /HTTP 403/,
  ],
  [
    'a wrangler that lacks a package',
    { text: "Error: Cannot find module 'esbuild'\n  code: 'MODULE_NOT_FOUND',\n  requireStack: [" },
    'permanent',
    /^wrangler is not whole$/,
  ],
  ['an old Node', { text: 'Wrangler requires at least Node.js v22.12.0.' }, 'permanent', /Node is too old/],
  ['a permanent cause beside a transient one', { codes: [8000000, 10000] }, 'permanent', /10000/],
  // Nobody knows.
  [
    'a code that nobody knows',
    { codes: [4242], status: 400, text: 'Something new. [code: 4242]' },
    'unknown',
    /^unknown$/,
  ],
  [
    'words of a lost connection in a path',
    { text: 'Could not parse /dist/DNS/terminated/file.json' },
    'unknown',
    /^unknown$/,
  ],
  [
    'a process that terminated',
    { text: 'The process was terminated because the config is invalid.' },
    'unknown',
    /^unknown$/,
  ],
  ['a silent success', { exitCode: 0 }, 'unknown', /^unknown$/],
  ['a page of somebody else with HTTP 200', { text: malformed('200 OK') }, 'unknown', /^unknown$/],
]

it.each(TABLE)('%s', (_name, more, kind, cause) => {
  const verdict = classify({ ...evidence, ...more })
  expect(verdict.kind).toBe(kind)
  expect(verdict.cause).toMatch(cause)
})

describe.each([...CODES])('code %i', (code, { kind, cause }) => {
  const explained = explainCode(code, { project: 'site', accountId: 'a1', deploying: true })

  it('is classified as the table says', () => {
    expect(classify({ ...evidence, codes: [4242, code] })).toEqual({ kind, cause: `${cause} (code ${code})`, code })
  })

  it('comes with a sentence and with what to change', () => {
    expect(explained?.message).toMatch(new RegExp(`^[A-Z].*[^.] \\(code ${code}\\)\\.$`))
    expect(explained?.hint).toMatch(/^[A-Z].*\.$/)
  })
})

it.each([...CODES].flatMap(([code, { kind }]) => (kind === 'permanent' ? [code] : [])))(
  'code %i, which is for good, is not said to pass by itself',
  (code) => {
    const hint = explainCode(code, { project: 'site', accountId: 'a1' })?.hint
    expect(hint).toMatch(/^[A-Z].*\.$/)
    expect(hint).not.toMatch(/pass by itself|run the job again/i)
  },
)

it('decides by the refused token, whose code stands beside that of the next question', () => {
  expect(classify({ ...evidence, codes: [9109, 8000000, 10000] }).code).toBe(10000)
})

it('takes no longer for a long text than its length asks for', () => {
  const started = performance.now()
  for (const text of ['directory "', 'The Pages project "', ' [code: 1', "text: '", 'Pages only supports up to ']) {
    classify({ ...evidence, text: text.repeat((256 * 1024) / text.length) })
  }
  expect(performance.now() - started).toBeLessThan(5000)
})

describe('a stage that failed', () => {
  it.each([
    ['Error: Failed to publish your Function. Got error: Unknown internal error occurred.', 'once'],
    ['Error: Script startup exceeded CPU time limit.', 'permanent'],
    ['Error: Failed to publish your Function. Got error: Uncaught Error: No such module "x".', 'permanent'],
    ['Failed: an internal error occurred', 'permanent'],
    ['', 'permanent'],
  ] as const)('with "%s"', (log, kind) => {
    expect(classifyStage(log).kind).toBe(kind)
  })
})
