/** Cloudflare's error codes in words, with what to change. The codes are those of cloudflare/workers-sdk issues. */
import type { Answer } from './pages.ts'
import type { Problem } from './problem.ts'

export interface Subject {
  readonly project: string
  readonly accountId: string
  /** The code answered the request that makes a deployment. */
  readonly deploying?: boolean
}

type Explain = (subject: Subject) => Problem

const TOKEN =
  'Check in the Cloudflare dashboard that the token is still active, has "Account > Cloudflare Pages > Edit", and belongs to the account in account-id.'
export const TRY_AGAIN = 'Run the job again; if it stays, see www.cloudflarestatus.com.'

const BY_CODE = new Map<number, Explain>([
  [10000, () => ({ message: 'Cloudflare refused the API token (code 10000).', hint: TOKEN })],
  [9109, () => ({ message: 'The API token may not do this (code 9109).', hint: TOKEN })],
  [9106, () => ({ message: 'Cloudflare did not recognise the API token (code 9106).', hint: malformed })],
  [6003, () => ({ message: 'Cloudflare did not recognise the API token (code 6003).', hint: malformed })],
  [7003, ({ accountId }) => wrongAccount(7003, accountId)],
  [7000, ({ accountId }) => wrongAccount(7000, accountId)],
  [
    8000007,
    ({ project, accountId }) => ({
      message: `There is no Pages project "${project}" in account ${accountId} (code 8000007).`,
      hint: 'Correct project-name or account-id, or create the project: with create-project: true, or once with the command below.',
      command: `npx wrangler pages project create ${project} --production-branch main`,
    }),
  ],
  [
    8000000,
    ({ deploying }) =>
      deploying
        ? {
            message: 'Cloudflare could not make the deployment and gave no reason (code 8000000).',
            // cloudflare/workers-sdk#2854
            hint: 'Run the job again; if it stays, look for invalid rules in _headers and _redirects, and at www.cloudflarestatus.com.',
          }
        : { message: 'Cloudflare failed and gave no reason (code 8000000).', hint: TRY_AGAIN },
  ],
  [8000013, () => ({ message: 'Cloudflare refused its own upload token (code 8000013).', hint: TRY_AGAIN })],
])

const malformed = 'Check that the secret holds the API token alone, without quotes, spaces or a line break.'

function wrongAccount(code: number, accountId: string): Problem {
  return {
    message: `Cloudflare knows no account "${accountId}" (code ${code}).`,
    hint: 'Set account-id to the 32 hexadecimal digits that the dashboard shows as Account ID.',
  }
}

/** Undefined for a code that needs no words beyond Cloudflare's own. */
export function explainCode(code: number | undefined, subject: Subject): Problem | undefined {
  return code === undefined ? undefined : BY_CODE.get(code)?.(subject)
}

/** Why the API did not answer a question about the project. */
export function explainRefusal(answer: Exclude<Answer<unknown>, { kind: 'ok' }>, subject: Subject): Problem {
  if (answer.kind === 'unavailable') {
    return {
      message: `The Cloudflare API is not available: ${answer.message}.`,
      hint: 'Try again later; look at www.cloudflarestatus.com, and on a self-hosted runner at its network.',
    }
  }
  const { code, status, message } = answer
  const known = explainCode(code, subject)
  if (known !== undefined) return known
  return {
    message: `Cloudflare refused to read project "${subject.project}": ${message} (${code === undefined ? `HTTP ${status}` : `code ${code}`}).`,
    hint: TOKEN,
  }
}
