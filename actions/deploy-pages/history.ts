/** The deployments that a project has before this one is made. */
import { type Answer, commitOf, type Listed, type Pages, PER_PAGE } from './pages.ts'
import { readWithRetries } from './poll.ts'

/** How many pages are read to find a branch, so that a project of many previews costs no minutes. */
const MOST_PAGES = 4

export interface History {
  /** The newest ones, newest first. */
  readonly recent: readonly Listed[]
  /**
   * What is made from now on is newer than this: by Cloudflare's clock, which the runner's need not agree with. Only
   * where the deployments could not be listed it is the runner's.
   */
  readonly since: Date
  /** Why there is nothing to know, without a full stop; undefined when the list could be read. */
  readonly unknown: string | undefined
}

export const NO_HISTORY: History = { recent: [], since: new Date(0), unknown: undefined }

export async function readHistory(pages: Pages, project: string, signal: AbortSignal): Promise<History> {
  const answer = await readWithRetries(() => pages.listDeployments(project, 1), signal)
  if (answer.kind !== 'ok') return { recent: [], since: new Date(), unknown: answer.message }
  const newest = answer.result.reduce((latest, { created_on }) => Math.max(latest, Date.parse(created_on) || 0), 0)
  return { recent: answer.result, since: new Date(newest), unknown: undefined }
}

/** The newest successful deployment of a branch; undefined when none is among the newest hundred of the project. */
export async function newestSuccessOf(
  branch: string,
  { recent }: History,
  { pages, project, signal }: { readonly pages: Pages; readonly project: string; readonly signal: AbortSignal },
): Promise<Answer<Listed | undefined>> {
  let listed = recent
  for (let page = 2; ; page += 1) {
    const found = listed.find((one) => commitOf(one).branch === branch && isLive(one))
    if (found !== undefined || listed.length < PER_PAGE || page > MOST_PAGES) return { kind: 'ok', result: found }
    const answer = await readWithRetries(() => pages.listDeployments(project, page), signal)
    if (answer.kind !== 'ok') return answer
    listed = answer.result
  }
}

/** Of all deployments of the branch, whatever became of them. */
export function newestOf(branch: string, { recent }: History): Listed | undefined {
  return recent.find((one) => commitOf(one).branch === branch)
}

export function isLive({ latest_stage: stage }: Pick<Listed, 'latest_stage'>): boolean {
  return stage?.name === 'deploy' && stage.status === 'success'
}
