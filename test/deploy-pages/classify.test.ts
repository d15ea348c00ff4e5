/** Which failures pass by themselves: every code and message of wrangler and Cloudflare that is known to say. */
import { describe, expect, it } from 'vitest'
import { classify, classifyStage, type Evidence, type Verdict } from '../../actions/deploy-pages/classify.ts'

const evidence: Evidence = { outcome: 'exited', exitCode: 1, codes: [], text: '', retryAfter: undefined }
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
  ['HTTP 525 without an envelope', { text: malformed('525 ') }, 'transient', /HTTP 525/],
  ['a connection that cannot be made', { text: 'fetch failed' }, 'transient', /connection to Cloudflare failed/],
  ['a connection that is reset', { text: 'read ECONNRESET' }, 'transient', /connection/],
  ['a connection that is closed early', { text: 'other side closed' }, 'transient', /connection/],
  ['a body that is cut off', { text: 'terminated' }, 'transient', /connection/],
  ['a connect timeout', { text: 'UND_ERR_CONNECT_TIMEOUT' }, 'transient', /connection/],
  ['an API that does not answer', { text: "The request to Cloudflare's API timed out." }, 'transient', /connection/],
  ['HTTP 429', { codes: [971], retryAfter: 30_000 }, 'transient', /limits the rate/],
  ['HTTP 429 with a code that nobody knows', { codes: [4242], retryAfter: 30_000 }, 'transient', /limits the rate/],
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
  ['an old Node', { text: 'Wrangler requires at least Node.js v22.12.0.' }, 'permanent', /Node is too old/],
  ['a permanent cause beside a transient one', { codes: [8000000, 10000] }, 'permanent', /10000/],
  // Nobody knows.
  ['a code that nobody knows', { codes: [4242], text: 'Something new. [code: 4242]' }, 'unknown', /^unknown$/],
  ['a silent success', { exitCode: 0 }, 'unknown', /^unknown$/],
  ['a page of somebody else with HTTP 200', { text: malformed('200 OK') }, 'unknown', /^unknown$/],
]

it.each(TABLE)('%s', (_name, more, kind, cause) => {
  const verdict = classify({ ...evidence, ...more })
  expect(verdict.kind).toBe(kind)
  expect(verdict.cause).toMatch(cause)
})

describe('a stage that failed', () => {
  it.each([
    ['Error: Failed to publish your Function. Got error: Unknown internal error occurred.', 'once'],
    ['Error: Script startup exceeded CPU time limit.', 'permanent'],
    ['Failed: an internal error occurred', 'permanent'],
    ['', 'permanent'],
  ] as const)('with "%s"', (log, kind) => {
    expect(classifyStage(log).kind).toBe(kind)
  })
})
