/**
 * What kind of failure an attempt met, from all that wrangler left: the code it recorded, the codes and words it
 * printed, and how it ended. The codes and messages are those of cloudflare/workers-sdk and its issues.
 */

/** `once` may pass by itself, and is not worth more than a second attempt. */
export type Kind = 'permanent' | 'transient' | 'once' | 'unknown'

export interface Verdict {
  readonly kind: Kind
  /** The beginning of a sentence, for the log and the summary. */
  readonly cause: string
  /** What to change, where no code of Cloudflare's says it. */
  readonly hint?: string | undefined
}

export interface Evidence {
  readonly outcome: 'exited' | 'killed' | 'timed-out'
  readonly exitCode: number | null
  /** Cloudflare's, recorded or printed. */
  readonly codes: readonly number[]
  /** What wrangler recorded, and what it printed to standard error; of one that was stopped what it was told last. */
  readonly text: string
  /** Milliseconds. */
  readonly retryAfter: number | undefined
}

/** A permanent cause wins over everything else; of the others the first that fits. */
export function classify(evidence: Evidence): Verdict {
  const { text, codes } = evidence
  return (
    refusedForGood(codes) ??
    rejectedSite(text) ??
    cutOff(evidence) ??
    limited(evidence) ??
    badGateway(text) ??
    troubled(codes) ??
    unpublished(text) ??
    disconnected(text) ??
    brokenOff(evidence) ?? { kind: 'unknown', cause: 'unknown' }
  )
}

/** Why stage `deploy` failed, by the deployment's log. */
export function classifyStage(log: string): Verdict {
  return rejectedSite(log) ?? unpublished(log) ?? { kind: 'permanent', cause: 'the deployment failed on Cloudflare' }
}

const PERMANENT_CODES = new Map([
  [10000, 'the API token was refused'],
  [9109, 'the API token may not do this'],
  [9106, 'the API token was not recognised'],
  [6003, 'the API token was not recognised'],
  [6111, 'the API token was not recognised'],
  [7003, 'the account is not known'],
  [7000, 'the account is not known'],
  [8000007, 'the project does not exist'],
  [8000096, 'the request had no manifest'],
  [10021, 'the start of the Worker failed'],
])

/**
 * In the order of the map, since after a refused token wrangler asks who it is: the code of that second refusal may be
 * the one that it records.
 */
function refusedForGood(codes: readonly number[]): Verdict | undefined {
  for (const [code, cause] of PERMANENT_CODES) {
    if (codes.includes(code)) return { kind: 'permanent', cause: `${cause} (code ${code})` }
  }
  return undefined
}

const REJECTIONS: readonly (readonly [pattern: RegExp, cause: string, hint: string])[] = [
  [
    /Pages only supports files up to/,
    'a file is too large',
    'Make the file smaller, or serve it from elsewhere, R2 for example.',
  ],
  [
    /Pages only supports up to [\d.,\s]+ files/,
    'there are too many files',
    'Check that the input directory names the output of the build and nothing more, or serve part of it from elsewhere.',
  ],
  [
    /[Dd]irectory ".*".* does not exist|Please create the directory or check the path|ENOENT: no such file/,
    'a file or folder does not exist',
    'Check the input directory, and that nothing removes files from the folder while they are uploaded.',
  ],
  [
    /The Pages project ".*" does not exist/,
    'the project does not exist',
    'Correct project-name or account-id, or set create-project: true.',
  ],
  [/Invalid _routes\.json/, '_routes.json is not valid', 'Correct _routes.json as the message says.'],
  [
    /Build failed with \d+ error|Failed building Pages Functions|Functions? build (error|failed)/i,
    'the Functions could not be built',
    'Correct what the message names in functions/ or _worker.js; npx wrangler pages functions build shows the same.',
  ],
  [
    /startup exceeded (CPU|memory)/i,
    'the Worker takes too much to start',
    'Do less at the top level of functions/ or _worker.js: its start has a limit of its own.',
  ],
  [
    /requires at least Node/,
    'this Node is too old for wrangler',
    "Update the runner: wrangler runs on the action's Node, which belongs to it.",
  ],
  [/Unknown arguments?:/, 'this wrangler does not know an argument', 'Use a newer wrangler-version.'],
]

function rejectedSite(text: string): Verdict | undefined {
  const found = REJECTIONS.find(([pattern]) => pattern.test(text))
  return found && { kind: 'permanent', cause: found[1], hint: found[2] }
}

/** A stalled upload, or an upload token that is refused again and again, which wrangler asks for without end. */
function cutOff({ outcome, codes, text }: Evidence): Verdict | undefined {
  if (outcome !== 'timed-out') return undefined
  const [status] = /^HTTP \d+$/.exec(text) ?? []
  const last = troubled(codes)?.cause ?? (status && `Cloudflare answered with ${status}`)
  return { kind: 'transient', cause: `wrangler did not end in time${last === undefined ? '' : `: ${last}`}` }
}

const RATE_LIMITS = [971, 10429]

function limited({ codes, text, retryAfter }: Evidence): Verdict | undefined {
  const status = statusIn(text)
  const isAsked = retryAfter !== undefined && status === undefined
  const isLimited = codes.some((code) => RATE_LIMITS.includes(code)) || status === 429 || isAsked
  return isLimited ? { kind: 'transient', cause: 'Cloudflare limits the rate of requests' } : undefined
}

/** An answer without Cloudflare's envelope comes from something before its API. */
function badGateway(text: string): Verdict | undefined {
  const status = statusIn(text)
  if (status === undefined || status < 500) return undefined
  return { kind: 'transient', cause: `Cloudflare answered with HTTP ${status}` }
}

/** As wrangler notes it: `POST /accounts/… -> 502 Bad Gateway`. */
function statusIn(text: string): number | undefined {
  if (!text.includes('malformed response from the API')) return undefined
  const [, status] = / -> (\d{3})\b/.exec(text) ?? []
  return status === undefined ? undefined : Number(status)
}

const TRANSIENT_CODES = new Map([
  [8000000, 'Cloudflare failed without a reason'],
  [8000013, 'the upload token was refused'],
])

function troubled(codes: readonly number[]): Verdict | undefined {
  for (const [code, cause] of TRANSIENT_CODES) {
    if (codes.includes(code)) return { kind: 'transient', cause: `${cause} (code ${code})` }
  }
  return undefined
}

/** cloudflare/workers-sdk#13259 and #7593: mostly it passes, and where it does not it never will. */
function unpublished(text: string): Verdict | undefined {
  const found = /Failed to publish your Function/i.test(text) && /unknown( internal)? error/i.test(text)
  return found ? { kind: 'once', cause: 'Cloudflare could not publish the Functions and gave no reason' } : undefined
}

const LOST =
  /fetch failed|fetch request failed|API timed out|DNS|socket hang up|other side closed|\bterminated\b|\b(ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|EAI_AGAIN|ENOTFOUND|UND_ERR_\w+)\b/

function disconnected(text: string): Verdict | undefined {
  return LOST.test(text) ? { kind: 'transient', cause: 'the connection to Cloudflare failed' } : undefined
}

/** By something other than this action: too little memory, say. 4.160 and newer end with 128 + the signal's number. */
function brokenOff({ outcome, exitCode }: Evidence): Verdict | undefined {
  const isSignal = outcome === 'killed' || (exitCode !== null && exitCode > 128 && exitCode < 160)
  return isSignal ? { kind: 'once', cause: 'something ended wrangler' } : undefined
}
