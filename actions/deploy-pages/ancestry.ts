/** Keeps a site from going backwards: refuses a commit that is an ancestor of the one that is live. */
import { messageOf } from '../../src/errors.ts'
import type { GitHub } from '../../src/github.ts'
import { type History, isLive, searchBranch } from './history.ts'
import { commitOf, type Environment, type Pages, type Project } from './pages.ts'
import type { Problem } from './problem.ts'
import type { Target } from './target.ts'

/** How two commits are related, as GitHub says it of the second; `unknown` has the reason, without a full stop. */
export type Comparison =
  | { readonly kind: 'ahead' | 'behind' | 'identical' | 'diverged' }
  | { readonly kind: 'unknown'; readonly why: string }

export type Compare = (live: string, ours: string) => Promise<Comparison>

/** Asks only once about the same two: what two commits are to each other does not change. */
export function compareOnce(compare: Compare): Compare {
  const answers = new Map<string, Promise<Comparison>>()
  return (live, ours) => {
    const key = `${live}...${ours}`
    const answer = answers.get(key) ?? compare(live, ours)
    answers.set(key, answer)
    return answer
  }
}

/** Asks GitHub, which takes `contents: read`. Only an abort of the signal is thrown. */
export function compareOnGitHub(
  github: GitHub | undefined,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  signal: AbortSignal,
): Compare {
  return async (live, ours) => {
    if (github === undefined) return { kind: 'unknown', why: 'github-token is empty' }
    try {
      // The second page leaves out the files of the comparison, which may be megabytes.
      const request = { owner, repo, basehead: `${live}...${ours}`, per_page: 1, page: 2, request: { retries: 1 } }
      const { data } = await github.rest.repos.compareCommitsWithBasehead(request)
      return { kind: data.status }
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unknown', why: whyNot(error) }
    }
  }
}

function whyNot(error: unknown): string {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : undefined
  if (status === 404) return 'GitHub does not know both commits, or the job lacks contents: read'
  if (status === 401 || status === 403)
    return `GitHub refused the comparison (HTTP ${status}): give the job contents: read`
  return `GitHub could not compare them: ${messageOf(error).split('\n')[0]?.replace(/\.+$/, '')}`
}

export interface Age {
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
  /** What could not be looked at and most often need not be. */
  readonly notes: readonly string[]
}

export interface AgeSubject {
  readonly project: Project
  readonly target: Target
  readonly environment: Environment
  readonly history: History
}

interface Ports {
  readonly pages: Pages
  readonly compare: Compare
  readonly signal: AbortSignal
}

export async function checkAge(subject: AgeSubject, ports: Ports): Promise<Age> {
  const { target } = subject
  const live = await liveCommit(subject, ports)
  if (live.kind === 'none' || (live.kind === 'known' && live.commit === target.commitHash)) return FINE
  if (live.kind === 'far') return { ...FINE, notes: [noneNear(target)] }
  if (live.kind === 'unknown') return doubt(`its deployments could not be read: ${live.why}`)
  if (live.commit === '') return doubt('what is live now was deployed without a commit')
  const comparison = await ports.compare(live.commit, target.commitHash)
  if (comparison.kind === 'unknown') return doubt(`${live.commit} is live now, and ${comparison.why}`)
  return comparison.kind === 'behind' ? tooOld(subject, live.commit) : FINE
}

export const FINE: Age = { problems: [], warnings: [], notes: [] }

function noneNear({ branch }: Target): string {
  return `None of the project's newest hundred previews is one of branch "${branch}" that succeeded, so that there is nothing to compare this commit with.`
}

type Live =
  | { readonly kind: 'none' }
  /** None among as many as are looked through. */
  | { readonly kind: 'far' }
  | { readonly kind: 'unknown'; readonly why: string }
  /** Empty when no commit was named. */
  | { readonly kind: 'known'; readonly commit: string }

/** In production the canonical deployment, for a preview the newest that succeeded on its branch. */
async function liveCommit(
  { project, target, environment, history }: AgeSubject,
  { pages, signal }: Ports,
): Promise<Live> {
  if (environment === 'production') {
    const canonical = project.canonical_deployment
    return canonical ? { kind: 'known', commit: commitOf(canonical).hash ?? '' } : { kind: 'none' }
  }
  if (history.unknown !== undefined) return { kind: 'unknown', why: history.unknown }
  const place = { project: project.name, environment, branch: target.branch }
  const answer = await searchBranch(place, history, isLive, { pages, signal })
  if (answer.kind !== 'ok') return { kind: 'unknown', why: answer.message }
  const { deployments, mayHaveMore } = answer.result
  const newest = deployments.find(isLive)
  if (newest !== undefined) return { kind: 'known', commit: commitOf(newest).hash ?? '' }
  return { kind: mayHaveMore ? 'far' : 'none' }
}

function doubt(why: string): Age {
  const warning = `Whether this commit is older than the one that is live could not be checked: ${why}. With allow-older: true it is not asked.`
  return { ...FINE, warnings: [warning] }
}

function tooOld({ project, target, environment }: AgeSubject, live: string): Age {
  const where =
    environment === 'production' ? `production of ${project.name}` : `branch "${target.branch}" of ${project.name}`
  const problem = {
    message: `Commit ${target.commitHash} is an ancestor of ${live}, which is live in ${where} already.`,
    hint: 'A newer run has overtaken this one, and nothing is to be done. To go back on purpose, set allow-older: true.',
  }
  return { ...FINE, problems: [problem] }
}
