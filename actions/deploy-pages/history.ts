/** The deployments that a project has. */
import type { Answer } from '../../src/cloudflare.ts'
import { commitOf, type Environment, type Listed, type Pages, PER_PAGE } from './pages.ts'
import { readWithRetries } from './poll.ts'
import { isSameMark, type Mark, readMark } from './trailer.ts'

/** How many pages of one environment are read to find a branch, so that a project of many previews costs no minutes. */
const MOST_PAGES = 4

export interface History {
  /** The newest ones of both environments, newest first. */
  readonly recent: readonly Listed[]
  /** Why there is nothing to know, without a full stop; undefined when the list could be read. */
  readonly unknown: string | undefined
}

export const NO_HISTORY: History = { recent: [], unknown: undefined }

export async function readHistory(pages: Pages, project: string, signal: AbortSignal): Promise<History> {
  const answer = await readWithRetries(() => pages.listDeployments(project, { page: 1 }), signal)
  if (answer.kind !== 'ok') return { recent: [], unknown: answer.message }
  return { recent: answer.result, unknown: undefined }
}

/** Newest first. */
export interface Branch {
  readonly deployments: readonly Listed[]
  /** The project has more of this environment than were looked through. */
  readonly mayHaveMore: boolean
}

interface Place {
  readonly project: string
  readonly environment: Environment
  readonly branch: string
}

interface Ports {
  readonly pages: Pages
  readonly signal: AbortSignal
}

/**
 * The deployments of a branch, until one is met that is sought: among the project's newest 25, else among the newest
 * hundred of the environment.
 */
export async function searchBranch(
  { project, environment, branch }: Place,
  { recent }: Pick<History, 'recent'>,
  isSought: (deployment: Listed) => boolean,
  { pages, signal }: Ports,
): Promise<Answer<Branch>> {
  const ofBranch = (listed: readonly Listed[]) => listed.filter((one) => commitOf(one).branch === branch)
  const near = ofBranch(recent)
  if (recent.length < PER_PAGE || near.some(isSought)) return ok(near, false)
  const deployments: Listed[] = []
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const answer = await readWithRetries(() => pages.listDeployments(project, { page, environment }), signal)
    if (answer.kind !== 'ok') return answer
    deployments.push(...ofBranch(answer.result))
    if (answer.result.length < PER_PAGE || deployments.some(isSought)) return ok(deployments, false)
  }
  return ok(deployments, true)
}

function ok(deployments: readonly Listed[], mayHaveMore: boolean): Answer<Branch> {
  return { kind: 'ok', result: { deployments, mayHaveMore } }
}

/** The newest one that was uploaded with this mark. @param except ids of those that do not count */
export function findUpload(
  listed: readonly Listed[],
  mark: Mark,
  except: ReadonlySet<string> = new Set(),
): Listed | undefined {
  return listed.find((one) => isSameMark(markOf(one), mark) && !except.has(one.id))
}

export function markOf({ deployment_trigger }: Pick<Listed, 'deployment_trigger'>): Mark | undefined {
  return readMark(deployment_trigger?.metadata?.commit_message)
}

type Stages = Pick<Listed, 'latest_stage' | 'stages'>

export function isLive({ latest_stage: stage }: Stages): boolean {
  return stage?.name === 'deploy' && stage.status === 'success'
}

/** The stage by which a deployment came to nothing; undefined when none did. */
export function lostStageOf({ latest_stage: latest, stages }: Stages) {
  const all = [...(stages ?? []), ...(latest ? [latest] : [])]
  return all.find(({ status }) => status === 'failure' || status === 'canceled')
}
