/**
 * What kind of failure an attempt met, from all that wrangler left: the code it recorded, the codes and words it
 * printed, and how it ended. The codes and messages are those of cloudflare/workers-sdk and its issues.
 */
import { CODES, decisiveCode } from './codes.ts'

/** `once` may pass by itself, and is not worth more than a second attempt. */
export type Kind = 'permanent' | 'transient' | 'once' | 'unknown'

export interface Verdict {
  readonly kind: Kind
  /** The beginning of a sentence, for the log and the summary. */
  readonly cause: string
  /** The code of Cloudflare's that decided it: the table of codes has its words. */
  readonly code?: number | undefined
  /** What to change, where no code says it. */
  readonly hint?: string | undefined
}

export interface Evidence {
  readonly outcome: 'exited' | 'killed' | 'timed-out'
  readonly exitCode: number | null
  /** Cloudflare's, recorded or printed. */
  readonly codes: readonly number[]
  /** What wrangler recorded, and what it printed to standard error; of one that was stopped what it was told last. */
  readonly text: string
  /** Of Cloudflare's last answer. */
  readonly status: number | undefined
  /** Milliseconds. */
  readonly retryAfter: number | undefined
}

/** A permanent cause wins over everything else; of the others the first that fits. */
export function classify(evidence: Evidence): Verdict {
  const { text, codes } = evidence
  return (
    decided(codes, 'permanent') ??
    rejectedSite(text) ??
    cutOff(evidence) ??
    decided(codes, 'transient') ??
    unpublished(text) ??
    troubled(evidence) ??
    asked(evidence) ??
    disconnected(text) ??
    brokenOff(evidence) ?? { kind: 'unknown', cause: 'unknown' }
  )
}

/** Why stage `deploy` failed, by the deployment's log. */
export function classifyStage(log: string): Verdict {
  return rejectedSite(log) ?? unpublished(log) ?? { kind: 'permanent', cause: 'the deployment failed on Cloudflare' }
}

function decided(codes: readonly number[], kind: 'permanent' | 'transient'): Verdict | undefined {
  const code = decisiveCode(codes, kind)
  const known = code === undefined ? undefined : CODES.get(code)
  return known && { kind, cause: `${known.cause} (code ${code})`, code }
}

/** In the words of Node's TLS, in npm's codes, and as wrangler says it (cloudflare/workers-sdk#11615). */
export const UNTRUSTED =
  /self-signed certificate|unable to (verify the first|get (local )?issuer) certificate|SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET_ISSUER)|due to a certificate mismatch/

export const TRUST_HINT =
  "The far side, or a proxy before it, shows a certificate whose authority Node does not know. Put that authority's certificate into a PEM file and name it in NODE_EXTRA_CA_CERTS, in the env of the job or of the runner."

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
    /[Dd]irectory "[^"\n]*"[^"\n]* does not exist|Please create the directory or check the path|ENOENT: no such file/,
    'a file or folder does not exist',
    'Check what the message names: the input directory, or a file that something removes while it is uploaded.',
  ],
  [
    /The Pages project "[^"\n]*" does not exist/,
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
    /startup (exceeded (CPU|memory)|timed out)/i,
    'the Worker takes too much to start',
    'Do less at the top level of functions/ or _worker.js: its start has a limit of its own.',
  ],
  [
    /requires at least Node/,
    'this Node is too old for wrangler',
    "Use an older wrangler-version, or update the runner: wrangler runs on the action's Node, which belongs to it.",
  ],
  [
    /\bcode: '(ERR_)?MODULE_NOT_FOUND'|\bERR_MODULE_NOT_FOUND\b/,
    'wrangler is not whole',
    'Install the dependencies of the project again (npm ci, say), or leave wrangler-version out to use the pinned one.',
  ],
  [UNTRUSTED, "the certificate of Cloudflare's API is not trusted", TRUST_HINT],
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
  const last = decided(codes, 'transient')?.cause ?? (status && `Cloudflare answered with ${status}`)
  return { kind: 'transient', cause: `wrangler did not end in time${last === undefined ? '' : `: ${last}`}` }
}

/** A status that says it all: of something before Cloudflare's API, or of the API with a code that nobody knows. */
function troubled({ text, status: logged }: Evidence): Verdict | undefined {
  const foreign = foreignStatus(text)
  const status = foreign ?? logged
  if (status === 429) return { kind: 'transient', cause: 'Cloudflare limits the rate of requests' }
  if (status !== undefined && (status >= 500 || status === 408 || status === 425)) {
    return { kind: 'transient', cause: `Cloudflare answered with HTTP ${status}` }
  }
  if (foreign === undefined || foreign < 400) return undefined
  return {
    kind: 'permanent',
    cause: `something before Cloudflare's API answered with HTTP ${foreign}`,
    hint: BEFORE_API,
  }
}

const BEFORE_API =
  'Look at what stands between this runner and api.cloudflare.com: a proxy, a firewall, or a CLOUDFLARE_API_BASE_URL that is not the API.'

/**
 * The status of an answer that is not in Cloudflare's envelope, as wrangler notes it: `POST /accounts/… -> 502 Bad
 * Gateway` (`fetchInternalBase` in cloudflare/workers-sdk).
 */
function foreignStatus(text: string): number | undefined {
  if (!/malformed response from the API|responded with a WAF block page/.test(text)) return undefined
  const [, status] = / -> (\d{3})\b/.exec(text) ?? []
  return status === undefined ? undefined : Number(status)
}

/** Whoever says when to come again does not refuse for good. */
function asked({ retryAfter }: Evidence): Verdict | undefined {
  return retryAfter === undefined ? undefined : { kind: 'transient', cause: 'Cloudflare asks to wait' }
}

/**
 * Without a reason it mostly passes, and where it does not it never will (cloudflare/workers-sdk#13259 and #7593); with
 * one it is the code's own. Each attempt leaves a failed deployment.
 */
function unpublished(text: string): Verdict | undefined {
  if (!/Failed to publish your Function/i.test(text)) return undefined
  if (/unknown( internal)? error/i.test(text)) {
    return { kind: 'once', cause: 'Cloudflare could not publish the Functions and gave no reason' }
  }
  const hint = 'Correct what the message names in functions/ or _worker.js.'
  return { kind: 'permanent', cause: 'the Functions could not be published', hint }
}

/**
 * As wrangler says it, and as Node does: the last ones as words of their own, for a path may hold any of them. Of a file
 * that was not uploaded wrangler prints the error as JSON, which keeps nothing of a lost connection.
 */
const LOST =
  /fetch failed|Failed to upload files\. Please try again\. Error: \{\}|fetch request failed|Cloudflare's API timed out|Unable to resolve Cloudflare's API hostname|socket hang up|other side closed|(^|[\]:] ?)terminated$|\b(ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|EAI_AGAIN|ENOTFOUND|UND_ERR_\w+)\b/m

function disconnected(text: string): Verdict | undefined {
  return LOST.test(text) ? { kind: 'transient', cause: 'the connection to Cloudflare failed' } : undefined
}

/** By something other than this action: too little memory, say. 4.160 and newer end with 128 + the signal's number. */
function brokenOff({ outcome, exitCode }: Evidence): Verdict | undefined {
  const isSignal = outcome === 'killed' || (exitCode !== null && exitCode > 128 && exitCode < 160)
  return isSignal ? { kind: 'once', cause: 'something ended wrangler' } : undefined
}
