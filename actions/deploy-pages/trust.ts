/** Whose code is deployed, and what it may not decide or bring along when that is a stranger's. */
import type { Head } from '../../src/context.ts'
import { messageOf } from '../../src/errors.ts'
import type { GitHub } from '../../src/github.ts'
import type { Compare } from './ancestry.ts'
import type { Inputs } from './inputs.ts'
import type { Environment } from './pages.ts'
import type { Problem } from './problem.ts'

/** Somebody who cannot push to this repository, or nobody knows who. */
export interface Stranger {
  readonly kind: 'fork' | 'unknown'
  /** What is theirs, as the beginning of a sentence. */
  readonly whose: string
}

/** Undefined for the repository's own code, and where the workflow answers for it by saying where it is to go. */
export function strangerOf(head: Head, { expectEnvironment }: Pick<Inputs, 'expectEnvironment'>): Stranger | undefined {
  const stranger = originOfCode(head)
  return stranger?.kind === 'unknown' && expectEnvironment !== undefined ? undefined : stranger
}

function originOfCode({ fork, doubt }: Head): Stranger | undefined {
  if (fork !== undefined) return { kind: 'fork', whose: 'What comes from a fork' }
  return doubt === undefined ? undefined : { kind: 'unknown', whose: `Code of unknown origin (${doubt})` }
}

/**
 * A wrangler configuration is part of the code: whoever writes it would choose among all projects that the token
 * reaches, and have new ones created.
 *
 * @param found the project's name as it was found
 */
export function checkProjectChoice(
  { projectName, createProject }: Pick<Inputs, 'projectName' | 'createProject'>,
  found: string | undefined,
  head: Head,
): readonly Problem[] {
  if (projectName !== undefined || found === undefined) return []
  const hint = 'Set the input project-name.'
  const stranger = originOfCode(head)
  if (stranger !== undefined) {
    return [
      { message: `${stranger.whose} would choose its project, "${found}", by its own wrangler configuration.`, hint },
    ]
  }
  if (!createProject) return []
  return [{ message: `A wrangler configuration would choose the project to be created, "${found}".`, hint }]
}

/** Whether the stranger's code may go where it would go. */
export function checkStranger(stranger: Stranger | undefined, branch: string, environment: Environment) {
  if (stranger === undefined || environment === 'preview') return []
  const { kind, whose } = stranger
  if (kind === 'unknown') {
    const hint =
      'See to it in the workflow that nobody else can write what is deployed, and then set expect-environment: production.'
    return [{ message: `${whose} would be deployed to production.`, hint }]
  }
  return [
    {
      message: `${whose} would be deployed to production, since the production branch is called "${branch}".`,
      hint: 'Give the project a production branch that does not begin with "fork-".',
    },
  ]
}

export function checkStrangersWrangler({ whose }: Stranger): Problem {
  return {
    message: `${whose} would be deployed with the wrangler that its own checkout has installed.`,
    hint: 'Leave wrangler-version out, or give an exact version: a wrangler that others have chosen could keep the API token.',
  }
}

/** The commit that a branch of this repository is at; `unknown` has the reason, without a full stop. */
export type BranchTip =
  | { readonly kind: 'known'; readonly sha: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string }

export type FindBranch = (branch: string) => Promise<BranchTip>

/** Asks GitHub, which takes `contents: read`. Only an abort of the signal is thrown. */
export function findBranchOnGitHub(
  github: GitHub | undefined,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  signal: AbortSignal,
): FindBranch {
  return async (branch) => {
    if (github === undefined) return { kind: 'unknown', why: 'github-token is empty' }
    try {
      const { data } = await github.rest.git.getRef({ owner, repo, ref: `heads/${branch}`, request: { retries: 1 } })
      return { kind: 'known', sha: data.object.sha }
    } catch (error) {
      signal.throwIfAborted()
      const status = error instanceof Error && 'status' in error ? error.status : undefined
      return status === 404 ? { kind: 'none' } : { kind: 'unknown', why: messageOf(error).split('\n')[0] ?? '' }
    }
  }
}

interface Ports {
  readonly compare: Compare
  readonly findBranch: FindBranch
}

/**
 * Under `workflow_run` the branch is a name that GitHub reports, and for a run of a tag it is the tag's. Who may push a
 * tag called `main` may not push to `main`: production is believed when that branch has the commit.
 */
export async function checkClaim(
  { branch, sha, isSecondHand, fork }: Head,
  inputs: Pick<Inputs, 'branch'>,
  environment: Environment,
  { compare, findBranch }: Ports,
): Promise<readonly Problem[]> {
  if (!isSecondHand || fork !== undefined || branch === undefined) return []
  if (inputs.branch !== undefined || environment === 'preview') return []
  const tip = await findBranch(branch)
  const why = await whyUnproven(tip, sha, compare)
  if (why === undefined) return []
  return [
    {
      message: `The run before was for "${branch}", the name of the production branch, and ${why}: it may have been a tag.`,
      hint: 'Give the job contents: read, so that GitHub can be asked whether the branch has the commit; or set the input branch, in a workflow that makes sure of it.',
    },
  ]
}

async function whyUnproven(tip: BranchTip, sha: string, compare: Compare): Promise<string | undefined> {
  if (tip.kind === 'unknown') return `which commits that branch has is not known: ${tip.why}`
  if (tip.kind === 'none') return 'GitHub does not show a branch of that name'
  if (tip.sha === sha) return undefined
  const comparison = await compare(tip.sha, sha)
  if (comparison.kind === 'unknown') return `whether that branch has commit ${sha} is not known: ${comparison.why}`
  const isContained = comparison.kind === 'behind' || comparison.kind === 'identical'
  return isContained ? undefined : `that branch does not have commit ${sha}`
}
