/** What is known of Cloudflare's error codes, all in one place: the codes are those of cloudflare/workers-sdk and its issues. */
import type { Problem } from './problem.ts'

export interface Subject {
  readonly project: string
  readonly accountId: string
  /** The code answered the request that makes a deployment. */
  readonly deploying?: boolean
  /** What Cloudflare was asked to do, to go on with after "Cloudflare refused to"; by default to read the project. */
  readonly asked?: string
}

/** Something that others may say differently for another project. */
type Words = string | ((subject: Subject) => string)

export interface Code {
  /** A transient one may pass by itself; a permanent one never does. */
  readonly kind: 'permanent' | 'transient'
  /** The beginning of a sentence, for the log and the summary. */
  readonly cause: string
  /** A sentence without its full stop. */
  readonly message: Words
  readonly hint: Words
  readonly command?: Words
}

export const TOKEN_HINT =
  'Check in the Cloudflare dashboard that the token is still active, has "Account > Cloudflare Pages > Edit", and belongs to the account in account-id.'
export const TRY_AGAIN = 'Run the job again; if it stays, see www.cloudflarestatus.com.'

/** developers.cloudflare.com/fundamentals/api/reference/limits */
export const LIMIT_HINT =
  'Run the job again after that time, or in five minutes. A user has 1,200 requests in five minutes, all tokens, jobs and tools together.'

const MALFORMED_TOKEN: Code = {
  kind: 'permanent',
  cause: 'the API token was not recognised',
  message: 'Cloudflare did not recognise the API token',
  hint: 'Check that the secret holds the API token alone, without quotes, spaces or a line break.',
}
const WRONG_ACCOUNT: Code = {
  kind: 'permanent',
  cause: 'the account is not known',
  message: ({ accountId }) => `Cloudflare knows no account "${accountId}"`,
  hint: 'Set account-id to the 32 hexadecimal digits that the dashboard shows as Account ID.',
}
const LIMITED: Code = {
  kind: 'transient',
  cause: 'Cloudflare limits the rate of requests',
  message: 'Cloudflare limits the rate of requests',
  hint: LIMIT_HINT,
}

/**
 * Of several the first one decides. After a refused token wrangler asks who it is, and the code of that second refusal
 * may be the one that it records, so that the token's own stands first.
 */
export const CODES: ReadonlyMap<number, Code> = new Map<number, Code>([
  [
    10000,
    {
      kind: 'permanent',
      cause: 'the API token was refused',
      message: 'Cloudflare refused the API token',
      hint: TOKEN_HINT,
    },
  ],
  [
    9109,
    {
      kind: 'permanent',
      cause: 'the API token may not do this',
      message: 'The API token may not do this',
      hint: TOKEN_HINT,
    },
  ],
  [9106, MALFORMED_TOKEN],
  [6003, MALFORMED_TOKEN],
  [6111, MALFORMED_TOKEN],
  [7003, WRONG_ACCOUNT],
  [7000, WRONG_ACCOUNT],
  [
    8000007,
    {
      kind: 'permanent',
      cause: 'the project does not exist',
      message: ({ project, accountId }) => `There is no Pages project "${project}" in account ${accountId}`,
      hint: 'Correct project-name or account-id, or create the project: with create-project: true, or once with the command below.',
      command: ({ project }) => `npx wrangler pages project create ${project} --production-branch main`,
    },
  ],
  [
    8000119, // cloudflare/workers-sdk#12370
    {
      kind: 'permanent',
      cause: 'the project is blocked',
      message: ({ project }) => `Cloudflare has blocked project "${project}"`,
      hint: 'Ask Cloudflare why, at the address in its message; no other attempt will pass before.',
    },
  ],
  [
    8000096,
    {
      kind: 'permanent',
      cause: 'the request had no manifest',
      message: 'Cloudflare found no list of files in the request of this wrangler',
      hint: 'Leave wrangler-version out to use the pinned one, or use a newer one.',
    },
  ],
  [
    10021,
    {
      kind: 'permanent',
      cause: 'the start of the Worker failed',
      message: 'Cloudflare could not start the Worker',
      hint: 'Correct what the message names; where it is a limit, do less at the top level of functions/ or _worker.js.',
    },
  ],
  [
    8000000,
    {
      kind: 'transient',
      cause: 'Cloudflare failed without a reason',
      message: ({ deploying }) =>
        deploying
          ? 'Cloudflare could not make the deployment and gave no reason'
          : 'Cloudflare failed and gave no reason',
      hint: ({ deploying }) =>
        deploying // cloudflare/workers-sdk#2854
          ? 'Run the job again; if it stays, look for invalid rules in _headers and _redirects, and at www.cloudflarestatus.com.'
          : TRY_AGAIN,
    },
  ],
  [
    8000013,
    {
      kind: 'transient',
      cause: 'the upload token was refused',
      message: 'Cloudflare refused its own upload token',
      hint: TRY_AGAIN,
    },
  ],
  [971, LIMITED],
  [10429, LIMITED],
])

/** The one of these codes that says what it is, a permanent one before any other; undefined when none is known. */
export function decisiveCode(codes: readonly number[], kind: Code['kind']): number | undefined {
  return [...CODES].find(([code, known]) => known.kind === kind && codes.includes(code))?.[0]
}

/** Undefined for a code that nobody knows more about than Cloudflare's own words. */
export function explainCode(code: number | undefined, subject: Subject): Problem | undefined {
  const known = code === undefined ? undefined : CODES.get(code)
  if (known === undefined) return undefined
  const say = (words: Words) => (typeof words === 'string' ? words : words(subject))
  const { message, hint, command } = known
  return { message: `${say(message)} (code ${code}).`, hint: say(hint), command: command && say(command) }
}
