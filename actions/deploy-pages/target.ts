/** Decides as what Cloudflare gets to know a deployment: branch, commit and message. */

import type { Head } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import { checkName, withoutControls } from './names.ts'
import type { Environment } from './pages.ts'
import { toError } from './problem.ts'

export interface Target {
  readonly branch: string
  readonly commitHash: string
  readonly commitMessage: string | undefined
}

type Overrides = { readonly [Name in 'branch' | 'commitHash' | 'commitMessage']: string | undefined }

/** Cloudflare refuses a longer one (MAX_COMMIT_MESSAGE_BYTES in cloudflare/workers-sdk). */
const COMMIT_MESSAGE_BYTES = 384

/** @throws an ActionError when nothing says which branch it is */
export function resolveTarget(inputs: Overrides, head: Head): Target {
  const message = inputs.commitMessage ?? head.message
  return {
    branch: resolveBranch(inputs.branch ?? head.branch, head),
    commitHash: inputs.commitHash ?? head.sha,
    commitMessage: message && cutToBytes(withoutControls(message), COMMIT_MESSAGE_BYTES),
  }
}

/**
 * What comes from a fork never keeps its name: Pages decides by the branch alone whether a deployment is production,
 * and anyone may call a branch of their fork `main`. The name holds only what Pages keeps in an alias anyway.
 */
function resolveBranch(branch: string | undefined, { fork, doubt }: Head): string {
  if (fork !== undefined) return `fork-${fork}-${branch ?? 'head'}`.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  if (branch !== undefined) return checkBranch(branch)
  const hint =
    'Set the input branch: the name of the production branch for a production deployment, any other for a preview.'
  if (doubt === undefined) {
    throw new ActionError('Nothing says which branch this is: the run is for a tag, or for no branch at all.', { hint })
  }
  throw new ActionError(`Nothing says which branch this is: ${doubt}.`, {
    hint: `${hint} Set expect-environment as well when the workflow makes sure whose code it deploys.`,
  })
}

/** git refuses most of them in a name, but not the two that are beyond ASCII, and an input may hold any. */
function checkBranch(branch: string): string {
  const problem = checkName('the branch', branch)
  if (problem !== undefined) throw toError(problem)
  return branch
}

/** Pages goes by the name of the branch, letter for letter. */
export function environmentOf(branch: string, productionBranch: string): Environment {
  return branch === productionBranch ? 'production' : 'preview'
}

/** The longest beginning that fits and ends between two code points. */
export function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  let end = limit
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1
  return bytes.toString('utf8', 0, end)
}
